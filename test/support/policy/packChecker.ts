import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

/** Packs the checker and installs it in a directory, as people have it: the tarball, and the program's path. */
export function packChecker(directory: string): { readonly tarball: string; readonly program: string } {
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", directory], {
        cwd: path.join(PACKAGE_ROOT, "policy/checker"),
        encoding: "utf8",
    });
    const tarball = path.join(directory, packed.trim().split("\n").at(-1) ?? "");
    fs.writeFileSync(path.join(directory, "package.json"), "{}");
    const flags = ["--offline", "--no-audit", "--no-fund", "--silent"];
    execFileSync("npm", ["install", ...flags, tarball], { cwd: directory });
    return { tarball, program: path.join(directory, "node_modules/.bin/image-policy") };
}
