import * as fs from "node:fs";
import { ensureBinary } from "./cluster/ensureBinary";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { runScript } from "../lib/system/runScript";

/** Where the workflows are that actionlint reads; Gitea's are of the same format. */
const DIRECTORIES = [".github/workflows", ".gitea/workflows"];

/** Checks every workflow. Exit code 0 clean, 1 findings, 2 when actionlint cannot be had. */
async function main(): Promise<number> {
    const files = DIRECTORIES.flatMap((directory) =>
        fs.globSync(`${directory}/*.{yml,yaml}`, { cwd: PACKAGE_ROOT }),
    );
    if (files.length === 0) {
        throw new Error(`there are no workflows; expected some in ${DIRECTORIES.join(" or ")}`);
    }
    const log = (line: string) => {
        console.error(line);
    };
    const actionlint = await ensureBinary("actionlint", { log });
    // Without shellcheck and pyflakes, which one machine has and another has not: the same findings everywhere.
    // https://docs.github.com/actions/using-jobs/using-concurrency has "queue", this actionlint has not.
    const unknown = 'unexpected key "queue" for "concurrency" section';
    const args = ["-no-color", "-shellcheck=", "-pyflakes=", "-ignore", unknown, ...files];
    const { code, output } = await runCommand(actionlint, args, {
        cwd: PACKAGE_ROOT,
        mayFail: true,
        keep: Infinity,
    });
    console.log(code === 0 ? `actionlint: ${files.length} workflows are clean` : output);
    return typeof code === "number" ? code : 2;
}

void runScript(main, 2);
