import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { pause } from "../lib/system/pause";
import { runCommand } from "../lib/system/runCommand";
import { messageOf } from "../lib/text/mendableError";
import { clusterVersions } from "../local/cluster/binaries";
import { startCluster } from "../local/cluster/startCluster";
import { describeMachine } from "./describeMachine";
import { FleetUnderTest } from "./fleet/fleetUnderTest";
import { markdownTable } from "./markdownTable";

/** How long the watch is watched, and over what. */
export interface WatchBench {
    readonly orgs: number;
    readonly minutes: number;
    /** Pods that change a second. */
    readonly churn: number;
}

/** Rows of the table, the first after the fleet was listed. */
const SAMPLES = 12;

/**
 * Lets `fleet watch` mirror a fleet whose pods change all the time, and looks at its memory and at how long a change takes to be served.
 *
 * @returns a page of Markdown
 */
export async function benchWatch(
    log: (line: string) => void,
    { orgs, minutes, churn }: WatchBench,
): Promise<string> {
    const cluster = await startCluster({ name: `bench-watch-${process.pid}`, nodes: 3, owned: true, log });
    const fleet = new FleetUnderTest(cluster);
    try {
        log(`${orgs} orgs: making them`);
        await fleet.growTo(orgs);
        fs.writeFileSync(path.join(fleet.project, "Pulumi.yaml"), "name: customer-orgs\nruntime: nodejs\n");
        fs.mkdirSync(path.join(fleet.project, "platform"), { recursive: true });
        fs.writeFileSync(
            path.join(fleet.project, "platform", "Pulumi.yaml"),
            "name: platform\nruntime: nodejs\n",
        );
        const rows = await watchIt(fleet, { orgs, minutes, churn }, log);
        return page({ orgs, minutes, churn }, rows);
    } finally {
        await fleet.remove();
    }
}

async function watchIt(
    fleet: FleetUnderTest,
    { minutes, churn }: WatchBench,
    log: (line: string) => void,
): Promise<string[][]> {
    const outputs = path.join(fleet.project, "outputs.json");
    const reference = path.join(fleet.project, "reference.json");
    const [churning, ending] = [new AbortController(), new AbortController()];
    let printed = "";
    // It ends with this process, however that ends.
    const watch = runCommand(
        process.execPath,
        [
            ...["--max-semi-space-size=4", "commands/fleet.mjs", "watch"],
            ...["--stack", "bench", "--project", fleet.project],
            ...["--no-engine", "--no-registry", "--outputs", outputs, "--reference", reference],
            ...["--listen", "127.0.0.1:0", "--interval", "60"],
        ],
        {
            cwd: PACKAGE_ROOT,
            signal: ending.signal,
            onErrorLine: (line) => (printed = `${printed}${line}\n`.slice(0, 10_000)),
        },
    );
    const ended = watch.then(
        ({ output }) => output,
        (error: unknown) => messageOf(error),
    );
    let why: string | undefined;
    void ended.then((text) => (why = text));
    try {
        let base: string | undefined;
        while (base === undefined || !(await healthy(base))) {
            if (why !== undefined) {
                throw new Error(why);
            }
            base = /http:\/\/[\d.:]+/.exec(printed)?.[0];
            await pause(500);
        }
        const changing = churnPods(fleet, churn, churning.signal);
        const rows: string[][] = [];
        const start = Date.now();
        for (let sample = 0; sample <= SAMPLES; sample++) {
            const at = start + (sample * minutes * 60_000) / SAMPLES;
            await pause(Math.max(0, at - Date.now()));
            const row = await sampleOnce(base, start);
            rows.push(row);
            log(row.join(" | "));
        }
        churning.abort();
        await changing;
        return rows;
    } finally {
        churning.abort();
        ending.abort();
        await ended;
    }
}

async function healthy(base: string): Promise<boolean> {
    return (await fetch(`${base}/healthz`).catch(() => undefined))?.ok === true;
}

async function sampleOnce(base: string, start: number): Promise<string[]> {
    const text = await (await fetch(`${base}/metrics`)).text();
    const number = (name: string) =>
        Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? 0);
    const megabytes = (name: string) => `${(number(name) / 1024 / 1024).toFixed(0)} MB`;
    return [
        `${((Date.now() - start) / 60_000).toFixed(1)} min`,
        megabytes("process_resident_memory_bytes"),
        megabytes("nodejs_heap_size_used_bytes"),
        `${number("process_cpu_seconds_total").toFixed(0)} s`,
        String(number("fleet_watch_events_total")),
        String(number("fleet_watch_lists_total")),
    ];
}

/** Changes the status of one pod after the other, as nodes do. */
async function churnPods({ client }: FleetUnderTest, perSecond: number, signal: AbortSignal): Promise<void> {
    const { items } = (await client.request({ path: "/api/v1/pods", query: { limit: "5000" } })) as {
        items: { metadata: { name: string; namespace: string } }[];
    };
    for (let index = 0; !signal.aborted; index++) {
        const { name, namespace } = items[index % items.length]?.metadata ?? { name: "", namespace: "" };
        await client
            .request({
                method: "PATCH",
                path: `/api/v1/namespaces/${namespace}/pods/${name}`,
                contentType: "application/merge-patch+json",
                body: { metadata: { annotations: { "bench/turn": String(index) } } },
            })
            .catch(() => undefined);
        await pause(1000 / perSecond, signal).catch(() => undefined);
    }
}

function page({ orgs, minutes, churn }: WatchBench, rows: string[][]): string {
    return `${[
        "# fleet watch over time",
        `\`fleet watch\` over ${orgs} orgs with two agents each on the embedded cluster (Kubernetes ${clusterVersions.kubernetes}, pods without
containers), of which ${churn} pods change every second, for ${minutes} minutes. Memory is that of the whole process. Written by
\`npm run bench -- watch --write\`.`,
        describeMachine(["@kubernetes/client-node"]),
        markdownTable(["after", "memory", "of it objects", "CPU so far", "changes told", "lists"], rows),
    ].join("\n\n")}\n`;
}
