import { digestTrouble } from "../../images/imageReference";
import { EXIT_CODES, FleetError } from "../exitCodes";
import { formatColumns } from "../report/columns";
import { projectRoot, whoami } from "./realWorld";
import { VETOES_FILE, readVetoes } from "../../config/vetoes";
import { whoRuns } from "./whoRuns";
import { writeVeto } from "./writeVeto";

/** What `fleet veto` was given. */
export interface VetoCommandOptions {
    readonly reason: string;
    readonly by?: string;
    readonly project?: string;
    readonly json?: boolean;
}

/** Forbids a digest everywhere, and lists who runs it. Exit code 0 when nobody does, 1 when somebody does. */
export function vetoCommand(digest: string, options: VetoCommandOptions): void {
    const root = projectRoot(options.project);
    const trouble = digestTrouble(digest);
    if (trouble !== undefined) {
        throw new FleetError(`"${digest}": ${trouble}; expected "sha256:" and 64 hex digits`);
    }
    const { byDigest, problems } = readVetoes(root);
    if (problems.length > 0) {
        throw new FleetError(problems.join("\n"));
    }
    const known = byDigest.get(digest);
    if (known === undefined) {
        writeVeto(root, {
            digest,
            reason: options.reason,
            by: whoami(options.by),
            at: new Date().toISOString(),
        });
    }
    const found = whoRuns(root, digest);
    if (options.json === true) {
        console.log(
            JSON.stringify({ schemaVersion: 1, digest, new: known === undefined, ...found }, undefined, 2),
        );
    } else {
        const said =
            known === undefined
                ? `vetoed in ${VETOES_FILE}`
                : `was vetoed before by ${known.by} at ${known.at}: ${known.reason}`;
        console.log(`${digest} ${said}`);
        const rows = found.runners.map(({ kind, name, source, file }) => [name, kind, source, file]);
        const table = formatColumns([["WHO", "KIND", "SOURCE", "FILE"], ...rows], 100);
        const count = found.runners.length;
        console.log(
            count === 0
                ? "\nNobody is to run it, by the files of this checkout."
                : `\nStill to run it, by the files of this checkout (${count}):\n\n${table.join("\n")}\n\n` +
                      'Roll pins back with "fleet rollback", and change the overrides. "fleet stale" shows what pods really run.',
        );
        found.problems.forEach((problem) => {
            console.error(problem);
        });
    }
    process.exitCode =
        found.problems.length > 0
            ? EXIT_CODES.couldNotTell
            : found.runners.length > 0
              ? EXIT_CODES.notAsItShouldBe
              : EXIT_CODES.done;
}
