import { readCluster } from "../kube/readCluster";
import { clusterVersions } from "../local/cluster/binaries";
import { startCluster } from "../local/cluster/startCluster";
import { describeMachine } from "./describeMachine";
import { FleetUnderTest, IMAGES } from "./fleet/fleetUnderTest";
import { kubectlLoop } from "./fleet/kubectlLoop";
import { type FleetRun, runFleet } from "./fleet/runFleet";
import { markdownTable } from "./markdownTable";
import { median } from "./median";

/** What can be measured: reading, and syncing with few and with all orgs stale. All stale takes by far the longest. */
export const FLEET_PARTS = ["stale", "few", "all"] as const;

/** One of {@link FLEET_PARTS}. */
export type FleetPart = (typeof FLEET_PARTS)[number];

/** Runs of `fleet stale`, which is quick: the median counts. */
const STALE_RUNS = 3;

/**
 * Measures `fleet stale` and `fleet sync` beside a kubectl loop that does what the platform's old script describes, on the
 * same cluster and in the same run.
 *
 * @param log called with a line for each step
 * @param sizes orgs, ascending; each has two agents
 * @param parts what to measure
 * @returns a page of Markdown
 */
export async function benchFleet(
    log: (line: string) => void,
    sizes: readonly number[],
    parts: ReadonlySet<FleetPart>,
): Promise<string> {
    const cluster = await startCluster({ name: `bench-fleet-${process.pid}`, nodes: 3, owned: true, log });
    const fleet = new FleetUnderTest(cluster);
    try {
        const rows: Record<FleetPart, string[][]> = { stale: [], few: [], all: [] };
        const measure = async (part: FleetPart, size: number, what: string, run: () => Promise<string[]>) => {
            if (parts.has(part)) {
                log(`${size} orgs: ${what}`);
                const row = [String(size), ...(await run())];
                log(`  ${row.join(" | ")}`);
                rows[part].push(row);
            }
        };
        const { kubeconfigPath } = cluster;
        for (const size of sizes) {
            log(`${size} orgs: making them`);
            await fleet.growTo(size);
            await measure("stale", size, "reading", () => benchStale(fleet, kubeconfigPath));
            const few = Math.max(1, Math.round(size * 0.02));
            await measure("few", size, `sync with ${few} stale`, () =>
                benchSync(fleet, kubeconfigPath, few, log),
            );
            await measure("all", size, "sync with all stale", () =>
                benchSync(fleet, kubeconfigPath, size, log),
            );
        }
        return page(rows);
    } finally {
        await fleet.remove();
    }
}

async function benchStale(fleet: FleetUnderTest, kubeconfig: string): Promise<string[]> {
    const runs: FleetRun[] = [];
    const args = ["stale", "--stack", "bench", "--project", fleet.project, "--no-all", "--no-engine"];
    args.push("--outputs", `${fleet.project}/outputs.json`, "--reference", `${fleet.project}/reference.json`);
    for (let run = 0; run < STALE_RUNS; run++) {
        runs.push(await runFleet(args));
    }
    const before = fleet.client.requestCount();
    await readCluster(fleet.client, { pods: true });
    const requests = fleet.client.requestCount() - before;
    const seconds = median(runs.map((run) => run.seconds));
    const loop = await kubectlLoop(kubeconfig);
    return [
        `${seconds.toFixed(2)} s`,
        `${Math.max(...runs.map(({ megabytes }) => megabytes)).toFixed(0)} MB`,
        String(requests),
        `${loop.seconds.toFixed(1)} s`,
        `${(loop.seconds / seconds).toFixed(1)} ×`,
    ];
}

/** The same orgs are made stale before each of the runs. */
async function benchSync(
    fleet: FleetUnderTest,
    kubeconfig: string,
    stale: number,
    log: (line: string) => void,
): Promise<string[]> {
    const args = ["sync", "--reference", `${fleet.project}/reference.json`, "--kubeconfig", kubeconfig];
    const measure = async (what: string, run: () => Promise<number>) => {
        await fleet.makeStale(stale);
        const seconds = await run();
        const left = await fleet.countStale();
        if (left > 0) {
            throw new Error(`${what} left ${left} agents stale`);
        }
        log(`  ${what}: ${seconds.toFixed(1)} s`);
        await fleet.settle();
        return seconds;
    };
    const plain = await measure(
        "fleet sync --no-wait",
        async () => (await runFleet([...args, "--no-wait"])).seconds,
    );
    const waiting = await measure(
        "fleet sync",
        async () => (await runFleet([...args, "--max-unavailable-orgs", "50"])).seconds,
    );
    const loop = await measure(
        "kubectl loop",
        async () => (await kubectlLoop(kubeconfig, IMAGES.current)).seconds,
    );
    return [
        `${plain.toFixed(1)} s`,
        `${waiting.toFixed(1)} s`,
        `${loop.toFixed(1)} s`,
        `${(loop / plain).toFixed(1)} ×`,
        `${(loop / waiting).toFixed(1)} ×`,
    ];
}

function page(rows: Readonly<Record<FleetPart, string[][]>>): string {
    const sync = [
        "orgs",
        "sync --no-wait",
        "sync, waits",
        "kubectl loop",
        "faster",
        "faster, though it waits",
    ];
    const section = (part: FleetPart, title: string, head: readonly string[]) =>
        rows[part].length === 0 ? [] : [`## ${title}`, markdownTable(head, rows[part])];
    const reading = ["orgs", "fleet stale", "memory", "list requests", "kubectl loop", "faster"];
    return `${[
        "# fleet beside a kubectl loop",
        `Orgs with two agents each on the embedded cluster (Kubernetes ${clusterVersions.kubernetes}, pods without containers). The
loop does what the platform's old script describes: one \`kubectl get\` for each namespace, one \`kubectl set image\` for each
stale Deployment, and it waits for no rollout. \`fleet\` is timed as an operator meets it, Node's start and the reading of
one file for each org included. Written by \`npm run bench -- fleet --write\`.`,
        describeMachine(["@kubernetes/client-node"]),
        ...section("stale", "`fleet stale`: reading everything, pods included", reading),
        ...section("few", "`fleet sync`, 2 % of the orgs stale", sync),
        ...section("all", "`fleet sync`, all orgs stale; `--max-unavailable-orgs 50` where it waits", sync),
    ].join("\n\n")}\n`;
}
