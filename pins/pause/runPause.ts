import * as fs from "node:fs";
import * as path from "node:path";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { type Until, holds, untilSchema } from "../../config/prohibition";
import { readStackFile } from "../../config/readStackFile";
import { PLATFORM_PROJECT } from "../../config/referenceChain";
import type { CommandIo } from "../../lib/system/commandIo";
import { whoami } from "../../lib/system/whoami";
import { writeWhole } from "../../lib/system/writeWhole";
import { describeIssues } from "../../lib/text/describeIssues";
import { printable } from "../../lib/text/printable";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { PLATFORM_DIRECTORY } from "../../platform/loadPlatform";
import { setSetting } from "../editPins";
import { projectRoot } from "../environment";
import { withPromotionLock } from "../promotionLock";

/** Whose file is written. */
export interface UnpauseOptions {
    /** Customer-orgs stacks. */
    readonly stack?: readonly string[];
    /** Environments: stacks of the platform. */
    readonly env?: readonly string[];
    readonly project?: string;
}

/** Who answers for it, why, and until when. */
export interface PauseOptions extends UnpauseOptions {
    readonly reason: string;
    readonly until: string;
    readonly owner?: string;
}

/** Has stacks' programs keep every agent on its image. Exit code 0; it throws where a file cannot be read. */
export function runPause(options: PauseOptions, io: CommandIo): Promise<number> {
    return writeUntil(options, io, "pause", "paused");
}

/** Has stacks' programs pass over pause, freeze windows and budget. Exit code 0; it throws where a file cannot be read. */
export function runBreakGlass(options: PauseOptions, io: CommandIo): Promise<number> {
    return writeUntil(options, io, "breakGlass", "the glass is broken");
}

async function writeUntil(
    options: PauseOptions,
    io: CommandIo,
    key: "pause" | "breakGlass",
    what: string,
): Promise<number> {
    const value = await readUntil(options, io.now());
    return writeAll(options, key, value, (file) => {
        io.out(printable(`${file}: ${what} until ${value.until} by ${value.owner}: ${value.reason}`));
    });
}

/** Ends the pause of stacks. Exit code 0, also where none was paused. */
export function runUnpause(options: UnpauseOptions, io: CommandIo): Promise<number> {
    return writeAll(options, "pause", undefined, (file, was) => {
        io.out(`${file}: ${was ? "no pause any more" : "it was not paused"}`);
    });
}

async function readUntil({ reason, until, owner }: PauseOptions, now: Date): Promise<Until> {
    const given = { owner: await whoami(owner), reason, until };
    const parsed = untilSchema.safeParse(given);
    if (!parsed.success) {
        throw new MendableError(describeIssues(parsed.error, given).join("; "));
    }
    if (!holds(parsed.data, now)) {
        throw new MendableError(`--until "${until}" has passed; expected a day or a moment that has not`);
    }
    return parsed.data;
}

async function writeAll(
    { stack = [], env = [], project }: UnpauseOptions,
    key: "pause" | "breakGlass",
    value: Until | undefined,
    told: (file: string, was: boolean) => void,
): Promise<number> {
    const root = projectRoot(project);
    const targets = [
        ...stack.map((name) => ({ name, directory: ".", project: CUSTOMER_ORGS_PROJECT })),
        ...env.map((name) => ({ name, directory: PLATFORM_DIRECTORY, project: PLATFORM_PROJECT })),
    ];
    if (targets.length === 0) {
        throw new MendableError("expected --stack or --env: whose file is to be written");
    }
    // All of them are there, or none is written.
    targets.forEach(({ name, directory }) => readStackFile(root, directory, name));
    for (const { name, directory, project: prefix } of targets) {
        const file = path.join(directory, `Pulumi.${name}.yaml`);
        await withPromotionLock(root, directory === "." ? `orgs-${name}` : name, () => {
            const was = readStackFile(root, directory, name)[`${prefix}:${key}`] !== undefined;
            const before = fs.readFileSync(path.join(root, file), "utf8");
            writeWhole(path.join(root, file), setSetting(before, `${prefix}:${key}`, value));
            told(file, was);
            return Promise.resolve();
        });
    }
    return EXIT_CODES.done;
}
