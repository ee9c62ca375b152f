import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { ensureBinary } from "./cluster/ensureBinary";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** Where the workflows are that actionlint reads; Gitea's are of the same format. */
const DIRECTORIES = [".github/workflows", ".gitea/workflows"];

/** Checks every workflow. Exit code 0 clean, 1 findings, 2 when actionlint cannot be had. */
async function main(): Promise<void> {
    const files = DIRECTORIES.flatMap((directory) => {
        const folder = path.join(PACKAGE_ROOT, directory);
        return fs.existsSync(folder)
            ? fs
                  .readdirSync(folder)
                  .filter((name) => /\.ya?ml$/.test(name))
                  .map((name) => path.join(directory, name))
            : [];
    });
    if (files.length === 0) {
        throw new Error(`there are no workflows; expected some in ${DIRECTORIES.join(" or ")}`);
    }
    const actionlint = await ensureBinary("actionlint", {
        log: (line) => {
            console.error(line);
        },
    });
    // Without shellcheck and pyflakes, which one machine has and another has not: the same findings everywhere.
    const args = ["-no-color", "-shellcheck=", "-pyflakes=", ...files];
    const { status, error } = spawnSync(actionlint, args, { cwd: PACKAGE_ROOT, stdio: "inherit" });
    if (error !== undefined) {
        throw error;
    }
    if (status === 0) {
        console.log(`actionlint: ${files.length} workflows are clean`);
    }
    process.exitCode = status ?? 2;
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
});
