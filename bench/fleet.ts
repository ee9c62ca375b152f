import { readCluster } from "../fleet/cluster/readCluster";
import { clusterVersions } from "../local/cluster/binaries";
import { startCluster } from "../local/cluster/startCluster";
import { describeMachine } from "./describeMachine";
import { FleetUnderTest, IMAGES } from "./fleet/fleetUnderTest";
import { kubectlLoop } from "./fleet/kubectlLoop";
import { type FleetRun, runFleet } from "./fleet/runFleet";
import { markdownTable } from "./markdownTable";
import { median } from "./median";

/** Runs of `fleet stale`, which is quick: the median counts. */
const STALE_RUNS = 3;

/**
 * Measures `fleet stale` and `fleet sync` beside a kubectl loop that does what the platform's old script describes, on the
 * same cluster and in the same run.
 *
 * @param log called with a line for each step
 * @param sizes orgs, ascending; each has two agents
 * @returns a page of Markdown
 */
export async function benchFleet(log: (line: string) => void, sizes: readonly number[]): Promise<string> {
    const cluster = await startCluster({ name: `bench-fleet-${process.pid}`, nodes: 3, owned: true, log });
    const fleet = new FleetUnderTest(cluster);
    try {
        const rows: Record<"stale" | "few" | "all", string[][]> = { stale: [], few: [], all: [] };
        for (const size of sizes) {
            log(`${size} orgs: making them`);
            await fleet.growTo(size);
            log(`${size} orgs: reading`);
            rows.stale.push([String(size), ...(await benchStale(fleet, cluster.kubeconfigPath))]);
            const few = Math.max(1, Math.round(size * 0.02));
            log(`${size} orgs: sync with ${few} stale`);
            rows.few.push([String(size), ...(await benchSync(fleet, cluster.kubeconfigPath, few, log))]);
            log(`${size} orgs: sync with all stale`);
            rows.all.push([String(size), ...(await benchSync(fleet, cluster.kubeconfigPath, size, log))]);
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

function page(rows: Record<"stale" | "few" | "all", string[][]>): string {
    const sync = [
        "orgs",
        "sync --no-wait",
        "sync, waits",
        "kubectl loop",
        "faster",
        "faster, though it waits",
    ];
    return `# fleet beside a kubectl loop

Orgs with two agents each on the embedded cluster (Kubernetes ${clusterVersions.kubernetes}, pods without containers). The
loop does what the platform's old script describes: one \`kubectl get\` for each namespace, one \`kubectl set image\` for each
stale Deployment, and it waits for no rollout. \`fleet\` is timed as an operator meets it, Node's start and the reading of
one file for each org included. Written by \`npm run bench -- fleet --write\`.

${describeMachine(["@kubernetes/client-node"])}

## \`fleet stale\`: reading everything, pods included

${markdownTable(["orgs", "fleet stale", "memory", "list requests", "kubectl loop", "faster"], rows.stale)}

## \`fleet sync\`, 2 % of the orgs stale

${markdownTable(sync, rows.few)}

## \`fleet sync\`, all orgs stale

With \`--max-unavailable-orgs 50\` where it waits.

${markdownTable(sync, rows.all)}
`;
}
