import type { CommandIo } from "../../lib/system/commandIo";
import { writeWhole } from "../../lib/system/writeWhole";
import { resolveTag } from "../../registry/registryClient";
import { type CheckReport, exitCodeOf } from "../check/checkReport";
import { formatTable, totals } from "../check/formatTable";
import { findFixes } from "./findFixes";

/**
 * Prints what writes the registries' digests beside the tags of mutable images, as a diff on standard output; with `write` the
 * files are changed, and checked again.
 *
 * @param check Checks the files as they are now.
 * @returns the exit code of the check: of the files as they are when this ends
 */
export async function runFix(
    check: () => CheckReport,
    write: boolean,
    io: Pick<CommandIo, "out" | "err" | "env">,
): Promise<number> {
    const report = check();
    const { files, problems } = await findFixes(report.results, (repository, tag) =>
        resolveTag(repository, tag, { env: io.env }),
    );
    io.out(files.map(({ diff }) => diff).join(""));
    io.err(problems.map((problem) => `not fixed: ${problem}`).join("\n"));
    const count = files.length === 1 ? "1 file" : `${files.length} files`;
    if (!write) {
        io.err(`${totals(report)} Nothing was changed: --write changes ${count} as shown.`);
        return exitCodeOf(report);
    }
    for (const { file, text } of files) {
        writeWhole(file, text);
    }
    const left = files.length === 0 ? report : check();
    io.err(`${count} changed. What is left:\n${formatTable(left)}`);
    return exitCodeOf(left);
}
