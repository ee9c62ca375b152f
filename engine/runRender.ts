import * as fs from "node:fs";
import type { CommandIo } from "../lib/system/commandIo";
import { EXIT_CODES, MendableError, messageOf } from "../lib/text/mendableError";
import { describeOrigins } from "../config/agent/describeOrigins";
import { loadStack } from "../config/loadStack";
import { whatForbids } from "../config/prohibition";
import { readStackFile } from "../config/readStackFile";
import { renderStack } from "./renderStack";
import { formatManifests, sortIntoFiles, writeManifests } from "./writeManifests";

const PROJECTS = ["platform", "customer-orgs"] as const;

/** Files that a run deletes without being asked to: a customer or two leave, and never many at once. */
const FEW_DELETIONS = 3;

/** The options of `fleet render`, as commander hands them over. */
export interface RenderOptions {
    readonly stack: string;
    readonly out?: string;
    readonly runtimeImages?: string;
    readonly only?: string;
    /** Says where each value of each agent was written, instead of rendering. */
    readonly origins?: boolean;
    readonly maxDeletions?: number;
    /** The project's root. */
    readonly project: string;
}

/**
 * `fleet render`: writes a stack's manifests to a directory or to standard output.
 * Exit code 0 when it is written.
 *
 * @throws MendableError with everything that is wrong in config, org files and reference
 */
export async function runRender(options: RenderOptions, io: CommandIo): Promise<number> {
    if (options.origins === true) {
        io.out(formatOrigins(options));
        return EXIT_CODES.done;
    }
    refuseForbidden(options, io.now());
    const rendered = await renderStack({
        stack: options.stack,
        root: options.project,
        now: io.now(),
        runtimeImages: options.runtimeImages === undefined ? undefined : readJson(options.runtimeImages),
    });
    const wanted = {
        ...rendered,
        platform: options.only === "customer-orgs" ? [] : rendered.platform,
        customerOrgs: options.only === "platform" ? [] : rendered.customerOrgs,
    };
    if (options.out === undefined) {
        io.out(formatManifests([...wanted.platform, ...wanted.customerOrgs]));
        return EXIT_CODES.done;
    }
    const { written, deleted, unowned } = writeManifests(options.out, sortIntoFiles(wanted), {
        stack: options.stack,
        projects: PROJECTS.filter(
            (project) =>
                (options.only ?? project) === project &&
                (project !== "platform" || rendered.platform.length > 0),
        ),
        maxDeletions: options.maxDeletions ?? FEW_DELETIONS,
    });
    const count = wanted.platform.length + wanted.customerOrgs.length;
    io.err(
        `rendered ${count} objects of stack "${options.stack}" into ${written.length} files in ${options.out}` +
            (deleted.length > 0 ? `; deleted ${deleted.join(", ")}` : ""),
    );
    if (unowned.length > 0) {
        io.err(
            `left as they are, since nobody wrote down whose they are: ${unowned.join(", ")}; delete them by hand where their orgs have left`,
        );
    }
    return EXIT_CODES.done;
}

/** `acme/coder`, and below it each value with its place. */
function formatOrigins({ stack, project }: RenderOptions): string {
    const { plans } = loadStack(readStackFile(project, ".", stack), stack, project);
    return [...plans]
        .flatMap(([org, agents]) =>
            [...agents].flatMap(([agent, plan]) => [
                `${org}/${agent}`,
                ...describeOrigins(plan).map(({ word, value, where }) => `  ${word}: ${value}  # ${where}`),
            ]),
        )
        .join("\n");
}

/** Whoever applies manifests would roll what a pause or a freeze window forbids: what runs now, no rendering knows. */
function refuseForbidden({ stack, project }: RenderOptions, now: Date): void {
    const { config } = loadStack(readStackFile(project, ".", stack), stack, project);
    const forbidden = whatForbids(config, now);
    if (forbidden !== undefined) {
        throw new MendableError(
            `the stack "${stack}" is ${forbidden.why}; rendering cannot know the images that its agents stay on: ` +
                'wait, or "fleet break-glass" writes down who answers for it',
        );
    }
}

function readJson(file: string): unknown {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        const why = messageOf(error);
        throw new MendableError(`--runtime-images "${file}": expected a JSON file: ${why}`);
    }
}
