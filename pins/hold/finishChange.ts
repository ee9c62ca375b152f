import * as fs from "node:fs";
import * as path from "node:path";
import { agentsOf } from "../../config/orgSpec";
import type { ImageOverride } from "../../images/imageOverride";
import { formatImageReference } from "../../images/imageReference";
import type { CommandIo } from "../../lib/system/commandIo";
import { writeWhole } from "../../lib/system/writeWhole";
import { lineDiff } from "../../lib/text/lineDiff";
import { MendableError } from "../../lib/text/mendableError";
import { printResult } from "../printResult";
import { type Problem, formatProblem } from "../problem";
import type { HeldOrg } from "./heldOrg";
import { leaveBranch } from "./leaveBranch";

/** The version of the JSON that `fleet hold` and `fleet unhold` print. */
const HOLD_SCHEMA_VERSION = 1;

/** A change of an org's file that has been checked. */
export interface Change {
    readonly root: string;
    readonly held: HeldOrg;
    /** What is done, as a commit's first line has it. */
    readonly what: string;
    /** The rest of the commit's message. */
    readonly why: string;
    readonly branch: string;
    /** All reasons against it; with one, nothing is written. */
    readonly problems: readonly Problem[];
    /** The file's text as it is to be; as it is where nothing changes. */
    readonly after: string;
    /** Runtime → the override that is written. */
    readonly overrides: ReadonlyMap<string, ImageOverride>;
    /** What is to be known besides. */
    readonly notes: readonly string[];
    readonly options: { readonly pullRequest?: boolean; readonly json?: boolean };
}

/** Writes the change, or leaves a branch with it, and prints what was done. */
export async function finishChange(change: Change, io: CommandIo): Promise<number> {
    const { root, held, what, why, branch, problems, after, overrides, notes, options } = change;
    const { stack, file, text } = held;
    const diff = lineDiff(file, text, after);
    let commit: string | undefined;
    if (diff !== "" && options.pullRequest === true) {
        const message = `${what}${why === "" ? "" : `\n\n${why}`}\n`;
        commit = await leaveBranch(root, { branch, message, file, before: text, after });
    } else if (diff !== "") {
        const absolute = path.join(root, file);
        if (fs.readFileSync(absolute, "utf8") !== text) {
            throw new MendableError(
                `${file} was changed while this was checked; expected it to stay: run it again`,
            );
        }
        writeWhole(absolute, after);
    }
    const said = [...new Set(problems.map((problem) => formatProblem(stack, problem)))];
    const isBad = problems.some(({ unknown }) => unknown !== true);
    const done =
        said.length > 0
            ? `${what}: ${isBad ? "refused" : "not done, since not everything could be found out"}; ${file} is as it was`
            : diff === ""
              ? `${what}: nothing to change in ${file}`
              : `${what}: ${commit === undefined ? "written" : `on the branch "${branch}"`}`;
    const next =
        commit === undefined
            ? `The next update of the stack does it: pulumi up --stack ${stack}`
            : `Nothing here has changed. Propose it: git push origin ${branch}`;
    const list = (title: string, lines: readonly string[]) =>
        lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  - ${line}`)];
    return printResult(io, {
        json: options.json,
        value: {
            schemaVersion: HOLD_SCHEMA_VERSION,
            stack,
            org: held.org.slug,
            agent: held.agent,
            file,
            overrides: [...overrides].map(([runtime, { image, ...override }]) => {
                return { runtime, image: formatImageReference(image), ...override };
            }),
            diff,
            branch: commit === undefined ? undefined : branch,
            commit,
            notes,
            problems,
        },
        text: [
            done,
            ...list("Problems:", said),
            ...list("Besides:", notes),
            ...(diff === "" ? [] : ["", diff, "", next]),
        ].join("\n"),
        isBad,
        isUnknown: problems.length > 0,
    });
}

/** Agents of an org that have an override of their own, which stands before the org's. */
export function ownOverrides({ org, agent }: HeldOrg, runtimes: readonly string[]): readonly string[] {
    return agent !== undefined
        ? []
        : agentsOf(org).flatMap(({ name, runtime, imageOverride }) =>
              imageOverride === undefined || !runtimes.includes(runtime)
                  ? []
                  : [
                        `the agent "${name}" has an override of its own until ${imageOverride.expires}, which stands before the org's: ` +
                            formatImageReference(imageOverride.image),
                    ],
          );
}
