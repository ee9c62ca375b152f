import { readVetoes } from "../../config/vetoes";
import { type ImageOverride, imageOverrideSchema } from "../../images/imageOverride";
import { formatImageReference } from "../../images/imageReference";
import { releaseOf } from "../../images/pinHistory";
import { quoteValue } from "../../lib/text/quoteValue";
import type { CommandIo } from "../../lib/system/commandIo";
import { describeIssues } from "../../lib/text/describeIssues";
import { MendableError } from "../../lib/text/mendableError";
import {
    type Environment,
    followedEnvironment,
    listEnvironments,
    projectRoot,
    readEnvironment,
} from "../environment";
import { mayMove } from "../mayMove";
import type { Problem } from "../problem";
import { registryTrouble } from "../../registry/registryClient";
import { readReleases } from "../release/release";
import { checkHold, chooseHeld } from "./checkHold";
import { removeOverrides, writeOverrides } from "./editOverrides";
import { type HeldOrg, findHeldOrg } from "./heldOrg";
import { finishChange, ownOverrides } from "./finishChange";

/** Whom `fleet hold` and `fleet unhold` were given. */
export interface UnholdOptions {
    /** `acme`, or `acme/coder`. */
    readonly who: string;
    readonly stack?: string;
    /** These runtimes of the org only. */
    readonly runtime?: readonly string[];
    /** Leave a branch with a commit instead of a changed file. */
    readonly pullRequest?: boolean;
    readonly project?: string;
    readonly json?: boolean;
}

/** What `fleet hold` was given. */
export interface HoldOptions extends UnholdOptions {
    /** A release's name, or a digest. */
    readonly to: string;
    /** The last day, UTC: `2027-01-31`. */
    readonly until: string;
    readonly reason: string;
    readonly owner: string;
}

/**
 * Holds an org, or one agent of it, on an image: writes the override into the org's file. Exit code 0 written, 1 refused, 2 something
 * could not be found out.
 */
export async function runHold(
    options: HoldOptions,
    io: CommandIo,
    ask: typeof registryTrouble = registryTrouble,
): Promise<number> {
    const { who, to, until, reason, owner } = options;
    const root = projectRoot(options.project);
    const held = findHeldOrg(root, who, options.stack);
    const environment = environmentOf(held, root);
    const { releases, problems: unread } = readReleases(root);
    const chosen = chooseHeld(runtimesOf(held, options.runtime), to, environment, releases);
    const overrides = new Map<string, ImageOverride>();
    const problems: Problem[] = [...chosen.problems];
    for (const { runtime, record } of chosen.held) {
        const written = { image: formatImageReference(record.image), owner, reason, expires: until };
        const parsed = imageOverrideSchema.safeParse(written);
        if (!parsed.success) {
            throw new MendableError(describeIssues(parsed.error, written).join("\n"));
        }
        overrides.set(runtime, parsed.data);
    }
    const check = (): readonly Problem[] =>
        chosen.held.flatMap((image) => {
            const override = overrides.get(image.runtime);
            const prohibitions = { environment, vetoes: readVetoes(root), now: io.now() };
            return override === undefined ? [] : checkHold(image, override, held, prohibitions);
        });
    problems.push(...check());
    if (problems.length === 0) {
        const troubles = chosen.held.map(async ({ runtime, record: { image } }): Promise<Problem[]> => {
            const trouble = await ask(image.repository, image.digest ?? "");
            return trouble === undefined ? [] : [{ check: "registry", runtime, ...trouble }];
        });
        // The registry took its time: a veto that came meanwhile is as absolute.
        problems.push(...(await Promise.all(troubles)).flat(), ...check());
    }
    const [first] = chosen.held;
    const name = first === undefined ? to : releaseOf(first.record);
    const change = {
        root,
        held,
        problems,
        what: `hold ${who} on ${name} until ${until}`,
        why: `${reason}\n\nOwner: ${owner}\n`,
        branch: `hold/${who.replace("/", "-")}-until-${until}`,
        after: problems.length === 0 ? writeOverrides(held, overrides) : held.text,
        overrides,
        notes: [
            ...chosen.left.map(
                (runtime) => `${runtime}: nothing is known as ${quoteValue(to)}, and it stays as it is`,
            ),
            ...ownOverrides(held, [...overrides.keys()]),
            ...unread,
        ],
        options,
    };
    return finishChange(change, io);
}

/** Lets an org, or one agent of it, follow the pin again. Exit code 0 done, also where nothing was held, 1 refused, 2 could not tell. */
export async function runUnhold(options: UnholdOptions, io: CommandIo): Promise<number> {
    const { who } = options;
    const root = projectRoot(options.project);
    const held = findHeldOrg(root, who, options.stack);
    const environment = environmentOf(held, root);
    const isHeld = (runtime: string) =>
        held.agent === undefined
            ? held.org.imageOverrides?.has(runtime) === true
            : held.agents.some((each) => each.runtime === runtime && each.imageOverride !== undefined);
    const runtimes = runtimesOf(held, options.runtime).filter(isHeld);
    const pins = environment.config.runtimes;
    // Whoever is let go follows the pin, which the program refuses where it is vetoed.
    const moves = runtimes.map((runtime) => {
        return { runtime, act: "unhold", digest: pins.get(runtime)?.image?.digest } as const;
    });
    const problems = mayMove(moves, { environment, vetoes: readVetoes(root), now: io.now() });
    const change = {
        root,
        held,
        problems,
        what: `unhold ${who}`,
        why: "",
        branch: `unhold/${who.replace("/", "-")}`,
        after: problems.length === 0 && runtimes.length > 0 ? removeOverrides(held, runtimes) : held.text,
        overrides: new Map(),
        notes: ownOverrides(held, runtimes),
        options,
    };
    return finishChange(change, io);
}

/** The environment whose pins the org gets. */
function environmentOf({ stack, stacks }: HeldOrg, root: string): Environment {
    const followed = followedEnvironment(stack, stacks, listEnvironments(root));
    if (followed.problem !== undefined) {
        throw new MendableError(followed.problem);
    }
    return readEnvironment(root, followed.environment);
}

/** The runtimes of the agents that are meant. */
function runtimesOf({ agents, org }: HeldOrg, only: readonly string[] | undefined): readonly string[] {
    const known = [...new Set(agents.map(({ runtime }) => runtime))].sort();
    const unknown = (only ?? []).filter((runtime) => !known.includes(runtime));
    if (unknown.length > 0) {
        throw new MendableError(
            `no agent of "${org.slug}" that is meant has the runtime "${unknown.join('", "')}"; expected one of ${known.join(", ")}`,
        );
    }
    return only ?? known;
}
