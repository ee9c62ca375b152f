import { chainOf, type LoadedStacks } from "../../config/loadStacks";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { PLATFORM_PROJECT, readReference } from "../../config/referenceChain";
import { SourceLines } from "../../config/sourceLines";
import { readCoreFleet } from "../../engine/coreFleet";
import { ConfigError } from "../../lib/text/configError";
import type { FleetFacts, StackFacts } from "../stale/fleetFacts";
import type { FleetReport, FleetRow } from "../stale/fleetReport";
import { explainAgent } from "./explainAgents";
import { EXPLANATION_SCHEMA_VERSION, type Explanation } from "./explanation";
import type { Ring, StackContext } from "./findReasons";
import { type PermittedImages, findPermittedImages, permitCore } from "./permittedImages";

/** What was read, and whom it is asked of. */
export interface ExplainQuestion {
    readonly root: string;
    readonly org: string;
    /** All agents of the org where it is left out. */
    readonly agent?: string;
    readonly facts: FleetFacts;
    readonly report: FleetReport;
    readonly stacks: LoadedStacks["stacks"];
}

/** Explains an org, or one agent of it, by what was read of its stacks, clusters and files. */
export async function explainOrg(question: ExplainQuestion): Promise<Explanation> {
    const { root, org, agent, facts, report } = question;
    const lines = new SourceLines(root);
    const rows = report.rows.filter((row) => row.org === org && (agent === undefined || row.agent === agent));
    const permitted = new Map<string, Promise<PermittedImages>>();
    const agents = await Promise.all(
        rows.map(async (row) => {
            const context = findContext(row, question, lines);
            const live = facts.clusters.find(({ context: name }) => name === row.cluster)?.live;
            const { loaded, facts: stack } = context;
            const answer =
                permitted.get(stack.stack) ??
                (loaded === undefined
                    ? Promise.resolve(permitCore(context, report.rows))
                    : findPermittedImages({ loaded, stack, live, vetoes: facts.vetoes, now: facts.now }));
            permitted.set(stack.stack, answer);
            return explainAgent(row, context, { root, live, permitted: await answer });
        }),
    );
    return {
        schemaVersion: EXPLANATION_SCHEMA_VERSION,
        generatedAt: report.generatedAt,
        org,
        gaps: report.gaps,
        agents: agents.sort((a, b) => ((a.agent ?? "") < (b.agent ?? "") ? -1 : 1)),
    };
}

/** The stack of a row with the way of its images; for what no stack owns, a stack of nothing. */
function findContext(
    row: FleetRow,
    { root, facts, stacks }: ExplainQuestion,
    lines: SourceLines,
): StackContext {
    const of = (name: string | null) => facts.stacks.find(({ stack }) => stack === name);
    const stack: StackFacts = of(row.stack) ?? { stack: row.stack ?? "", unread: [] };
    const isCore = stack.coreNamespace !== undefined;
    const { rings, end } = isCore ? { rings: [], end: undefined } : chainOf(stack.stack, stacks);
    const environment = isCore
        ? stack.stack.slice(PLATFORM_PROJECT.length + 1)
        : end?.ok === true
          ? end.environment
          : undefined;
    const plan = environment === undefined ? undefined : readPlan(root, environment);
    const place = (name: string, project: string, facts: StackFacts | undefined): readonly Ring[] => {
        const readBy = [stack.stack, ...rings].find((each) =>
            stacks.get(each)?.config.referenceStack.some((reference) => {
                const read = readReference(reference);
                return read.project === project && read.name === name;
            }),
        );
        return facts === undefined || readBy === undefined ? [] : [{ facts, readBy }];
    };
    const core = of(`${PLATFORM_PROJECT}/${environment ?? ""}`);
    return {
        facts: stack,
        loaded: stacks.get(stack.stack),
        rings: rings.flatMap((ring) => place(ring, CUSTOMER_ORGS_PROJECT, of(ring))),
        platform: plan && { plan, facts: core, ...place(environment ?? "", PLATFORM_PROJECT, core)[0] },
        vetoes: facts.vetoes,
        lines,
        now: facts.now,
    };
}

function readPlan(root: string, environment: string): ReturnType<typeof readCoreFleet> {
    try {
        return readCoreFleet(root, environment);
    } catch (error) {
        // That it cannot be read is a gap already, which the comparison has found.
        if (error instanceof ConfigError) {
            return undefined;
        }
        throw error;
    }
}
