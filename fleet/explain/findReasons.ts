import type { LoadedStack } from "../../config/loadStack";
import { holds, whatForbids } from "../../config/prohibition";
import type { Place, SourceLines } from "../../config/sourceLines";
import { VETOES_FILE, type VetoesByDigest, describeVeto } from "../../config/vetoes";
import type { PlatformPlan } from "../../engine/coreFleet";
import { formatImageReference, readImage } from "../../images/imageReference";
import { sameImage } from "../../images/sameImage";
import { shortImage } from "../../images/shortImage";
import type { StackFacts } from "../stale/fleetFacts";
import type { FleetRow } from "../stale/fleetReport";
import type { Reason } from "./explanation";

/** A stack on the way of a pin, and the stack that reads it. */
export interface Ring {
    readonly facts: StackFacts;
    readonly readBy: string;
}

/** Where the stack of an agent stands, and what the files say of it. */
export interface StackContext {
    readonly facts: StackFacts;
    /** Absent for the platform's own agents, and where the stack's files cannot be read. */
    readonly loaded?: LoadedStack;
    /** The customer-orgs stacks through which its images come, the nearest first. */
    readonly rings: readonly Ring[];
    /** The platform's stack at the end of the chain, with what its file says; absent where the checkout has none. */
    readonly platform?: Partial<Ring> & { readonly plan: PlatformPlan };
    readonly vetoes: VetoesByDigest;
    readonly lines: SourceLines;
    readonly now: Date;
}

/** One agent of a stack, as it was judged. */
export interface AgentContext extends StackContext {
    readonly row: FleetRow;
    /** The org's file and the agent's place in its list; absent where no file has it. */
    readonly written?: { readonly file: string; readonly index: number; readonly leaves: boolean };
}

/** By what an agent runs what it runs, the nearest first. Pure but for the lines, which are read from the files. */
export function findReasons(agent: AgentContext): readonly Reason[] {
    return [
        ...findSource(agent),
        ...findRings(agent),
        ...findPlatformReasons(agent),
        ...findProhibitions(agent),
        ...findVetoReasons(agent),
        ...findByHand(agent),
        ...agent.row.notes.map((text): Reason => ({ kind: "note", text })),
    ];
}

function settingsFile({ facts, platform }: StackContext): string {
    return facts.coreNamespace === undefined ? `Pulumi.${facts.stack}.yaml` : (platform?.plan.file ?? "");
}

/** Who says what it should run: an override, the pin, a last resort, nobody. */
function findSource(agent: AgentContext): readonly Reason[] {
    const { row, written, loaded, lines, facts } = agent;
    const runtime = row.runtime ?? "?";
    if (written?.leaves === true) {
        const where = lines.place(written.file, "offboarding");
        return [{ kind: "leaves", text: "its org leaves: the next update removes its agents", where }];
    }
    const source = row.target?.source;
    const override = findOverride(agent);
    if (override !== undefined) {
        const { owner, reason, expires, image } = override;
        const text = `an override holds it on ${shortImage(formatImageReference(image))} until ${expires} (owner "${owner}"): ${reason}`;
        return [{ kind: "override", text, where: placeOfOverride(agent) }];
    }
    if (row.stack === null) {
        return [{ kind: "nobody", text: "no stack that was read deploys it, and nothing of ours rolls it" }];
    }
    if (source === "pin") {
        const pin = facts.pins?.get(runtime);
        const since = pin?.promotedAt === undefined ? "" : `, promoted at ${pin.promotedAt}`;
        const release = row.target?.release ?? "?";
        const pinned = agent.platform?.plan.file;
        return [
            {
                kind: "pin",
                text: `it follows the pin of "${runtime}": ${release}${since}`,
                where: pinned === undefined ? undefined : lines.place(pinned, `platform:runtimes.${runtime}`),
            },
        ];
    }
    if (source === "last-resort" && loaded !== undefined) {
        const where = lines.place(settingsFile(agent), `customer-orgs:lastResortImages.${runtime}`);
        return [
            {
                kind: "last-resort",
                text: `"${runtime}" has no pin, and the stack says what stands in`,
                where,
            },
        ];
    }
    return [];
}

/** The override that is nearest to an agent, by the files. */
function findOverride({ row, written, loaded }: AgentContext) {
    const org = loaded?.orgs.find(({ slug }) => slug === row.org);
    const runtime = row.runtime ?? "";
    return written === undefined
        ? undefined
        : (org?.agents[written.index]?.imageOverride ??
              org?.imageOverrides?.get(runtime) ??
              loaded?.config.imageOverrides.get(runtime));
}

/** The line of the override that {@link findOverride} finds. */
function placeOfOverride(agent: AgentContext): Place | undefined {
    const { row, written, loaded, lines } = agent;
    const runtime = row.runtime ?? "";
    const org = loaded?.orgs.find(({ slug }) => slug === row.org);
    if (written === undefined) {
        return undefined;
    }
    if (org?.agents[written.index]?.imageOverride !== undefined) {
        return lines.place(written.file, `agents[${written.index}].imageOverride`);
    }
    return org?.imageOverrides?.has(runtime) === true
        ? lines.place(written.file, `imageOverrides.${runtime}`)
        : lines.place(settingsFile(agent), `customer-orgs:imageOverrides.${runtime}`);
}

/** Where a newer release waits on its way: each stack passes on what its own agents have really run. */
function findRings({ row, rings, platform, lines, facts }: AgentContext): readonly Reason[] {
    const runtime = row.runtime ?? "";
    return [...rings, ...(platform === undefined ? [] : [platform])].flatMap((ring): Reason[] => {
        const { facts: of, readBy } = ring;
        const { waiting } = of?.proof?.get(runtime) ?? {};
        if (of === undefined || waiting === undefined || readBy === undefined || of.stack === facts.stack) {
            return [];
        }
        const when = waiting.earliest === undefined ? "is not proven" : `soaks until ${waiting.earliest}`;
        return [
            {
                kind: "ring",
                text: `"${of.stack}", through which its images come, does not pass on ${waiting.release} yet: it ${when} there: ${waiting.why.join("; ")}`,
                where: lines.place(`Pulumi.${readBy}.yaml`, "customer-orgs:referenceStack"),
            },
        ];
    });
}

/** What the platform's file says of the pin besides: one that is not deployed yet, a hold, a release that waits. */
function findPlatformReasons({ row, platform, facts, lines }: AgentContext): readonly Reason[] {
    const runtime = row.runtime ?? "";
    if (platform === undefined || row.target?.source !== "pin") {
        return [];
    }
    const { file, runtimes, queue } = platform.plan;
    const pin = runtimes.get(runtime);
    const deployed = (platform.facts ?? facts).pins?.get(runtime);
    const isAhead =
        pin?.image !== undefined && deployed !== undefined && !sameImage(pin.image, deployed.image);
    const path = `platform:runtimes.${runtime}`;
    const reasons: Reason[] = [];
    if (isAhead) {
        const text = `the platform's file pins ${pin.release ?? "another image"}, and its stack has not deployed that yet`;
        reasons.push({ kind: "pin", text, where: lines.place(file, path) });
    }
    if (pin?.hold !== undefined && pin.hold.released === undefined) {
        const { by, since, reason } = pin.hold;
        const text = `the pin is held since ${since} by ${by}: ${reason}`;
        reasons.push({ kind: "hold", text, where: lines.place(file, `${path}.hold`) });
    }
    if (queue !== undefined && (queue.only ?? [runtime]).includes(runtime)) {
        const text = `the release ${queue.release} waits until it may be promoted, queued by ${queue.by} since ${queue.since}`;
        reasons.push({ kind: "queue", text, where: lines.place(file, "platform:queue") });
    }
    return reasons;
}

/** Who stops the stack of an agent, or passes over that. */
function findProhibitions(agent: AgentContext): readonly Reason[] {
    const { loaded, platform, facts, lines, now } = agent;
    const isCore = facts.coreNamespace !== undefined;
    const said = isCore ? platform?.plan : loaded?.config;
    if (said === undefined) {
        return [];
    }
    const place = (word: string) =>
        lines.place(settingsFile(agent), `${isCore ? "platform" : "customer-orgs"}:${word}`);
    const { breakGlass } = said;
    const freeze = isCore ? "promotion.freeze" : "freeze";
    if (holds(breakGlass, now)) {
        const text = `pause, freeze windows and budget are passed over until ${breakGlass.until} by ${breakGlass.owner}: ${breakGlass.reason}`;
        return [{ kind: "break-glass", text, where: place("breakGlass") }];
    }
    const forbidden = whatForbids(said, now);
    return forbidden === undefined
        ? []
        : [
              {
                  kind: forbidden.kind,
                  text: `its stack is ${forbidden.why}`,
                  where: place(forbidden.kind === "freeze" ? freeze : "pause"),
              },
          ];
}

/** The vetoes of what it should run and of what it runs. */
function findVetoReasons({ row, vetoes, lines }: AgentContext): readonly Reason[] {
    const order = [...vetoes.keys()];
    const digestOf = (image: string | null) => (image === null ? undefined : readImage(image).digest);
    const [target, live] = [digestOf(row.target?.image ?? null), digestOf(row.live)];
    return [...new Set([target, live])].flatMap((digest): Reason[] => {
        const veto = digest === undefined ? undefined : vetoes.get(digest);
        if (digest === undefined || veto === undefined) {
            return [];
        }
        const what = digest === target ? "what it should run is forbidden" : "what it runs is forbidden";
        const where = lines.place(VETOES_FILE, `vetoes[${order.indexOf(digest)}]`);
        return [{ kind: "veto", text: `${what}: ${describeVeto(veto)}`, where }];
    });
}

function findByHand({ row: { breakGlass } }: AgentContext): readonly Reason[] {
    return breakGlass === null
        ? []
        : [
              {
                  kind: "by-hand",
                  text: `set past Pulumi by ${breakGlass.by} at ${breakGlass.at}: ${breakGlass.reason}`,
              },
          ];
}
