import { findDepartedOrgs } from "../../config/departedOrgs";
import { agentsOf } from "../../config/orgSpec";
import { chooseImage } from "../../images/chooseImage";
import { formatImageReference, readImage } from "../../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import type { RuntimeImages } from "../../images/runtimeImages";
import { sameImage } from "../../images/sameImage";
import { judgeAgentProof } from "../../proof/agentProof";
import { type OwnOutputs, deployedAgent, parseOwnOutputs } from "../../proof/ownOutputs";
import { findForbidden } from "../../proof/permitImages";
import type { StackFacts } from "./stackFacts";

/** One agent whose image an update would change. */
export interface AgentMove {
    readonly org: string;
    readonly agent: string;
    readonly runtime: string;
    /** The release that it was deployed with, where it followed a pin. */
    readonly from?: string;
    /** The release that it would get; absent for an override. */
    readonly to?: string;
}

/** What a stack says of one runtime. */
export interface RuntimeState {
    readonly runtime: string;
    /** The release that the stack is to run. */
    readonly pin: string;
    /** The release that it has proven. */
    readonly proven?: string;
    /** Sentences: what is missing before the pin is proven. */
    readonly why?: readonly string[];
    /** RFC 3339 time at which the pin is proven at the earliest, where only time is missing. */
    readonly earliest?: string;
}

/** Where a stack is, by what it exports and what its cluster runs. */
export interface StackJudgement {
    /**
     * `proven`: every runtime that counts is proven here, and every agent is on its image. `soaking`: only time is missing. `due`: its time
     * is over, as the gate is set now, and an update would say so. `unproven`: something else is missing. `behind`: an update would change
     * something. `held`: that is forbidden now. `refused`: its program would refuse to run.
     */
    readonly kind: "proven" | "soaking" | "due" | "unproven" | "behind" | "held" | "refused";
    readonly why: readonly string[];
    /** Of a soak. */
    readonly until?: string;
    readonly moves: readonly AgentMove[];
    /** Orgs that an update would make. */
    readonly comes: readonly string[];
    /** Orgs that an update would end. */
    readonly goes: readonly string[];
    readonly runtimes: readonly RuntimeState[];
}

/** What a stack is judged by. */
export interface StackQuestion {
    readonly facts: StackFacts;
    /** What its references have proven. */
    readonly pins: RuntimeImages;
    /** Runtime → why its references do not agree. */
    readonly heldBack: ReadonlyMap<string, string>;
    /** Whether a runtime counts: an agent here or behind this stack has it. */
    readonly counts: (runtime: string) => boolean;
    readonly now: Date;
}

/** Decides where a stack is. Pure, and never from anything but its outputs and its cluster. */
export function judgeStack({ facts, pins, heldBack, counts, now }: StackQuestion): StackJudgement {
    const { loaded, outputs } = facts;
    const own = parseOwnOutputs(outputs, facts.stack);
    const runtimes = [...pins].flatMap(([runtime, { image, release }]): RuntimeState[] => {
        if (!counts(runtime)) {
            return [];
        }
        const { proven, waiting } = own.proof.get(runtime) ?? {};
        const state = { runtime, pin: release, proven: proven?.release };
        if (proven?.image.digest === image.digest && waiting === undefined) {
            return [state];
        }
        return waiting?.image.digest === image.digest
            ? [{ ...state, why: waiting.why, earliest: waiting.earliest }]
            : [{ ...state, why: ["it was never deployed here"] }];
    });
    const { moves, problems } = findMoves(facts, pins, own, now);
    const slugs = loaded.orgs.map(({ slug }) => slug);
    const here = Object.keys(own.agents);
    const leaving = loaded.orgs.filter(
        ({ slug, offboarding }) => offboarding !== undefined && !own.offboarding.includes(slug),
    );
    const comes = slugs.filter((slug) => !here.includes(slug));
    const goes = [
        ...own.offboarding.filter((slug) => here.includes(slug) && !slugs.includes(slug)),
        ...leaving.map(({ slug }) => slug).filter((slug) => here.includes(slug)),
    ];
    const judged = { moves, comes, goes, runtimes };
    const departed = findDepartedOrgs(here, own.offboarding, slugs);
    problems.push(
        ...departed.map((slug) => `the file of the org "${slug}" is missing, and the org was deployed here`),
    );
    const unagreed = [...heldBack].filter(([runtime]) => counts(runtime)).map(([, why]) => why);
    if (problems.length > 0) {
        return { kind: "refused", why: problems, ...judged };
    }
    const open = runtimes.filter(({ why }) => why !== undefined);
    const forbids = findForbidden(loaded.config, own.proof, now);
    const acts = [...open, ...moves];
    const forbidden = acts.flatMap(({ runtime }) => {
        const pin = pins.get(runtime);
        return (pin && forbids?.(runtime, pin.image)) ?? [];
    });
    if (comes.length + goes.length === 0 && acts.length > 0 && forbidden.length === acts.length) {
        return { kind: "held", why: [...new Set(forbidden)], ...judged };
    }
    if (moves.length + comes.length + goes.length > 0) {
        return { kind: "behind", why: unagreed, ...judged };
    }
    const soaking = open.map((state) => ({ ...state, over: soakOver(facts, state.runtime, pins, now) }));
    return { ...judgeProof(soaking, unagreed, now.getTime()), ...judged };
}

/** Where a stack is that nothing needs to be changed in. */
function judgeProof(
    open: readonly (RuntimeState & { readonly over: number | undefined })[],
    unagreed: readonly string[],
    now: number,
): Pick<StackJudgement, "kind" | "why" | "until"> {
    const missing = open.filter(({ earliest }) => earliest === undefined);
    if (missing.length > 0) {
        const why = missing.map(
            ({ runtime, pin, why: sentences = [] }) => `${runtime} "${pin}": ${sentences.join("; ")}`,
        );
        return { kind: "unproven", why: [...why, ...unagreed] };
    }
    if (unagreed.length > 0) {
        return { kind: "unproven", why: unagreed };
    }
    if (open.length === 0) {
        return { kind: "proven", why: [] };
    }
    const why = open.flatMap(({ runtime, why: sentences = [] }) => `${runtime}: ${sentences.join("; ")}`);
    const times = open.map(({ earliest = "", over = Infinity }) => ({ said: Date.parse(earliest), over }));
    // Where an update has not found it over, it will at the time that it said.
    const until = Math.max(...times.map(({ said, over }) => (over > now && over < Infinity ? over : said)));
    const due = times.every(({ said, over }) => said <= now || over <= now);
    return { kind: due ? "due" : "soaking", why, until: new Date(until).toISOString() };
}

/**
 * When enough agents will have run the pin for as long as the gate says now, in milliseconds since the epoch: a soak may have been set
 * anew since it began. `undefined` where too few run it.
 */
function soakOver(
    { loaded, live }: StackFacts,
    runtime: string,
    pins: RuntimeImages,
    now: Date,
): number | undefined {
    const { gate } = loaded.config;
    const pin = pins.get(runtime);
    if (pin === undefined) {
        return undefined;
    }
    const agents = loaded.orgs.flatMap((org) =>
        agentsOf(org)
            .filter((agent) => agent.runtime === runtime)
            .map(({ name }) => `${ORG_NAMESPACE_PREFIX}${org.slug}/${AGENT_DEPLOYMENT_PREFIX}${name}`),
    );
    const times = agents.flatMap((key) => {
        const proof = judgeAgentProof(live.get(key), formatImageReference(pin.image), undefined, gate, now);
        return proof.kind === "proves"
            ? [now.getTime()]
            : proof.kind === "soaking"
              ? [proof.until.getTime()]
              : [];
    });
    return times.sort((a, b) => a - b)[gate.agents - 1];
}

/** The agents that an update would put on another image, by what the cluster says that they are on. */
function findMoves({ loaded, live }: StackFacts, pins: RuntimeImages, own: OwnOutputs, now: Date) {
    const moves: AgentMove[] = [];
    const problems: string[] = [];
    const deployed = (org: string, agent: string) => deployedAgent(own, org, agent)?.image;
    for (const org of loaded.orgs) {
        for (const agent of agentsOf(org)) {
            const chosen = chooseImage({ org, agent, stack: loaded.config, pins, deployed, now });
            if (!chosen.ok) {
                problems.push(chosen.problem);
                continue;
            }
            const { image, release, source } = chosen.choice;
            const key = `${ORG_NAMESPACE_PREFIX}${org.slug}/${AGENT_DEPLOYMENT_PREFIX}${agent.name}`;
            const running = live.get(key)?.image;
            const said = deployedAgent(own, org.slug, agent.name);
            // A failed update says nothing; a mutable last resort is resolved at each, and moves only then.
            const same =
                running !== undefined &&
                (source === "last-resort"
                    ? said !== undefined && sameImage(running, readImage(said.image))
                    : sameImage(running, image));
            if (!same) {
                moves.push({
                    org: org.slug,
                    agent: agent.name,
                    runtime: agent.runtime,
                    ...(said?.release !== undefined && { from: said.release }),
                    ...(release !== undefined && { to: release }),
                });
            }
        }
    }
    return { moves, problems };
}
