import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** Where and with what the numbers were measured, in one line; they mean nothing without it. */
export function describeMachine(packages: readonly string[] = []): string {
    const [cpu] = cpus();
    const memory = Math.round(totalmem() / 1024 ** 3);
    const versions = packages.map((name) => `${name} ${versionOf(name)}`);
    return [
        `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}`,
        `${memory} GiB`,
        `${type()} ${release()}`,
        `Node ${process.versions.node}`,
        ...versions,
    ].join(", ");
}

function versionOf(name: string): string {
    const file = path.join(PACKAGE_ROOT, "node_modules", name, "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
