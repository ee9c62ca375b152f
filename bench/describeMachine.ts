import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** Where and with what the numbers were measured, in one line; they mean nothing without it. */
export function describeMachine(packages: readonly string[] = []): string {
    const [cpu] = os.cpus();
    const memory = Math.round(os.totalmem() / 1024 ** 3);
    const versions = packages.map((name) => `${name} ${versionOf(name)}`);
    return [
        `${os.cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}`,
        `${memory} GiB`,
        `${os.type()} ${os.release()}`,
        `Node ${process.versions.node}`,
        ...versions,
    ].join(", ");
}

function versionOf(name: string): string {
    const file = path.join(PACKAGE_ROOT, "node_modules", name, "package.json");
    return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}
