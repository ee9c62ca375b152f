import { randomUUID } from "node:crypto";
import * as fs from "node:fs";

/**
 * Writes a file whole or not at all: a reader, or a run that was interrupted, never finds half of it. One that was there keeps its
 * mode, and a link leads on to what it led to.
 */
export function writeWhole(file: string, text: string): void {
    const there = fs.existsSync(file);
    const target = there ? fs.realpathSync(file) : file;
    const draft = `${target}.${randomUUID()}`;
    try {
        fs.writeFileSync(draft, text, there ? { mode: fs.statSync(target).mode } : {});
        fs.renameSync(draft, target);
    } finally {
        fs.rmSync(draft, { force: true });
    }
}
