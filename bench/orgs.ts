import { spawnSync } from "node:child_process";
import { startCluster } from "../local/cluster/startCluster";
import { findEngine } from "../engine/findEngine";
import { Workspace } from "../local/workspace";
import { describeMachine } from "./describeMachine";
import { median } from "./median";
import { markdownTable } from "./markdownTable";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { REFERENCE, deployReference, runtimeImagesOf } from "../test/support/referenceProject";

/** How many orgs, of one agent each. */
const SIZES = [1, 25, 100, 200] as const;

/** Agents that read one pin, so that a release changes every one of them. */
const RUNTIME = "claude-code";

/** Milliseconds of each operation at one size. */
interface Measured {
    readonly orgs: number;
    readonly resources: number;
    readonly firstUp: number;
    readonly preview: number;
    readonly release: number;
}

/**
 * Measures first `up`, no-change preview and release of 1 to 200 orgs, on a real engine with a file backend and the embedded
 * cluster, and the start-up of the program itself. Every size begins with an empty stack on a cluster of its own.
 *
 * @returns the page, in Markdown
 * @throws Error when there is no engine
 */
export async function benchOrgs(
    log: (line: string) => void,
    sizes: readonly number[] = SIZES,
): Promise<string> {
    const engine = await findEngine();
    if (!engine.ok) {
        throw new Error(`this benchmark needs a Pulumi engine: ${engine.reason}`);
    }
    const startUp = measureStartUp();
    log(`start-up of the program: ${(startUp / 1000).toFixed(2)} s`);
    const rows: Measured[] = [];
    for (const orgs of sizes) {
        log(`${orgs} orgs …`);
        const measured = await measure(orgs);
        rows.push(measured);
        log(
            `${orgs} orgs: first up ${seconds(measured.firstUp)}, preview ${seconds(measured.preview)}, release ${seconds(measured.release)}`,
        );
    }
    const table = markdownTable(
        ["Orgs", "Resources", "First `up`", "an org", "No-change preview", "an org", "Release", "an org"],
        rows.map(({ orgs, resources, firstUp, preview, release }) => [
            String(orgs),
            String(resources),
            ...[firstUp, preview, release].flatMap((total) => [
                seconds(total),
                `${(total / orgs / 1000).toFixed(2)} s`,
            ]),
        ]),
    );
    return `# Orgs: first up, preview, release

${describeMachine(["@pulumi/pulumi", "@pulumi/kubernetes"])}, Pulumi CLI ${engine.version}, file backend, embedded cluster; \`npm run bench -- orgs\`.

${table}

An org is a namespace, its guards and one agent. A release changes the one pin that all agents read, and waits for every
rollout. Times are of one run, with the engine's own start; "an org" is the total divided by the orgs.

Start-up of the program, without an engine (Node, tsx, config, the orgs' files, every module): ${seconds(startUp)}, the middle of 5 runs.

With a file backend each step rewrites the whole state, so the cost of an org grows with the size of its stack: split a large fleet over
several stacks (a directory of orgs each).
`;
}

async function measure(orgs: number): Promise<Measured> {
    const cluster = await startCluster({ name: `bench-${process.pid}-${orgs}`, owned: true });
    const workspace = Workspace.create(cluster.kubeconfigPath);
    try {
        for (let index = 0; index < orgs; index++) {
            const slug = `bench-${String(index).padStart(4, "0")}`;
            workspace.writeOrg("bench", slug, {
                slug,
                displayName: slug,
                agents: [{ name: "main", runtime: RUNTIME }],
            });
        }
        const release = (digit: string) =>
            deployReference(
                workspace,
                runtimeImagesOf(
                    { [RUNTIME]: `ghcr.io/genbrain/claude-code@sha256:${digit.repeat(64)}` },
                    `v${digit}`,
                ),
            );
        await release("1");
        workspace.writeSettings("customer-orgs", "bench", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/bench",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
        });
        const stack = await workspace.stack("customer-orgs", "bench");
        const [firstUp, up] = await timed(() => stack.up());
        const [preview, unchanged] = await timed(() => stack.preview());
        if ((unchanged.changeSummary.update ?? 0) > 0 || (unchanged.changeSummary.create ?? 0) > 0) {
            throw new Error(
                `a preview without a change shows some: ${JSON.stringify(unchanged.changeSummary)}`,
            );
        }
        await release("2");
        const [releaseTime, released] = await timed(() => stack.up());
        const updated = released.summary.resourceChanges?.update ?? 0;
        if (updated !== orgs) {
            throw new Error(`the release updated ${updated} resources, expected ${orgs}`);
        }
        return {
            orgs,
            resources: up.summary.resourceChanges?.create ?? 0,
            firstUp,
            preview,
            release: releaseTime,
        };
    } finally {
        workspace.remove();
        await cluster.stop();
    }
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
    const began = performance.now();
    const result = await work();
    return [performance.now() - began, result];
}

/** Renders the committed stack in a process of its own, five times. */
function measureStartUp(): number {
    const times = Array.from({ length: 5 }, () => {
        const began = performance.now();
        const { status } = spawnSync(
            process.execPath,
            ["--import", "tsx", "commands/cli.ts", "render", "--stack", "prod"],
            { cwd: PACKAGE_ROOT, stdio: ["ignore", "ignore", "inherit"] },
        );
        if (status !== 0) {
            throw new Error(`rendering the stack "prod" ended with exit code ${String(status)}`);
        }
        return performance.now() - began;
    });
    return median(times);
}

function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}
