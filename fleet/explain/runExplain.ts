import { type LoadedStacks, chainOf, loadStacks } from "../../config/loadStacks";
import { parseOrgAddress } from "../../config/orgAddress";
import { listStacks } from "../../config/readStackFile";
import type { CommandIo } from "../../lib/system/commandIo";
import { MendableError } from "../../lib/text/mendableError";
import { comparePlatforms } from "../stale/comparePlatforms";
import { compareFleet } from "../stale/compareFleet";
import { CORE_FLEET } from "../stale/fleetFacts";
import type { FleetReport } from "../stale/fleetReport";
import { gatherFleet } from "../stale/gatherFleet";
import { type SourceFiles, sourcesOf } from "../stale/sourceFiles";
import { exitCodeOf } from "../stale/runStale";
import { explainOrg } from "./explainOrg";
import { formatExplanation } from "./formatExplanation";

/** The options of `fleet explain`. */
export interface ExplainOptions extends SourceFiles {
    /** `acme`, or `acme/coder`. */
    readonly who: string;
    readonly json?: true;
}

/**
 * Runs `fleet explain`.
 *
 * @returns the exit code: 0 on what it should run, with everything known, 1 not, 2 that could not be told
 * @throws MendableError when there is no such org or agent, or nothing could be read
 */
export async function runExplain(options: ExplainOptions, io: CommandIo): Promise<number> {
    const { slug: org, agent } = parseOrgAddress(options.who);
    const { stacks } = loadStacks(options.project);
    const asked = chooseStacks(org, options, stacks);
    const facts = await gatherFleet(sourcesOf({ ...options, pods: true }, asked), io.now());
    const report = options.registry ? await comparePlatforms(facts) : compareFleet(facts);
    const own = report.rows.filter((row) => row.org === org && (agent === undefined || row.agent === agent));
    refuseNobody(own, { org, agent, report });
    const explanation = await explainOrg({ root: options.project, org, agent, facts, report, stacks });
    io.out(
        options.json === true ? JSON.stringify(explanation, undefined, 2) : formatExplanation(explanation),
    );
    return exitCodeOf({ rows: own, gaps: report.gaps });
}

/** The stacks whose files have the org, with the rings that their images come through; all of them where none has. */
function chooseStacks(
    org: string,
    { stack: named, project }: Pick<ExplainOptions, "stack" | "project">,
    stacks: LoadedStacks["stacks"],
): readonly string[] {
    const having = [...stacks].flatMap(([name, { orgs }]) =>
        orgs.some(({ slug }) => slug === org) ? [name] : [],
    );
    const wanted = named ?? (having.length > 0 ? having : listStacks(project));
    const known = new Set(stacks.keys());
    const rings = wanted.flatMap((name) =>
        known.has(name) ? chainOf(name, stacks).rings.filter((ring) => known.has(ring)) : [],
    );
    return [...new Set([...wanted, ...rings])];
}

function refuseNobody(
    own: FleetReport["rows"],
    { org, agent, report }: { org: string; agent: string | undefined; report: FleetReport },
): void {
    if (own.length > 0) {
        return;
    }
    const ofOrg = report.rows.filter((row) => row.org === org).flatMap((row) => row.agent ?? []);
    const orgs = [...new Set(report.rows.map((row) => row.org))].filter((each) => each !== CORE_FLEET).sort();
    const few = orgs.slice(0, 10).join(", ") + (orgs.length > 10 ? `, and ${orgs.length - 10} more` : "");
    const gaps = report.gaps.filter(({ serious }) => serious).map(({ message }) => message);
    const message =
        ofOrg.length > 0
            ? `the org "${org}" has no agent "${agent ?? ""}"; expected one of ${ofOrg.join(", ")}`
            : `no file, state or cluster that was read has the org "${org}"; expected one of ${few || "none"}`;
    throw new MendableError([message, ...gaps].join("\n"), { problems: [message, ...gaps] });
}
