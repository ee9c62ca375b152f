import { randomUUID } from "node:crypto";
import * as fs from "node:fs";

/** Writes a file whole or not at all: a reader, or a run that was interrupted, never finds half of it. */
export function writeWhole(file: string, text: string): void {
    const draft = `${file}.${randomUUID()}`;
    try {
        fs.writeFileSync(draft, text);
        fs.renameSync(draft, file);
    } finally {
        fs.rmSync(draft, { force: true });
    }
}
