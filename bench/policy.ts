import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { PACK, PolicyPackService } from "../test/support/policy/policyPackService";
import { describeMachine } from "./describeMachine";
import { markdownTable } from "./markdownTable";
import { median } from "./median";
import { deployment, manifest } from "./policySamples";

const PACKS = [
    ["empty pack", path.join(__dirname, "emptyPack")],
    ["this pack", PACK],
] as const;

const START_UPS = 7;
const COUNTS = [1_000, 10_000] as const;
const MANIFESTS = 1_000;

/** What one pack cost. */
interface PackNumbers {
    readonly name: string;
    readonly folder: string;
    /** Milliseconds of each start. */
    readonly startUp: number[];
    /** Milliseconds for a resource, by the number of resources. */
    readonly perResource: Map<number, number>;
    /** Milliseconds for a resource in the one call about the whole stack. */
    readonly perStackResource: Map<number, number>;
    /** MiB at most, where the system tells. */
    memory: number | undefined;
}

/**
 * Measures the policy pack next to an empty one in the same run, and the check of plain manifests without Pulumi.
 *
 * @param log Told what is being measured.
 * @returns a page in Markdown.
 */
export async function benchPolicy(log: (line: string) => void): Promise<string> {
    const packs = PACKS.map(([name, folder]): PackNumbers => ({
        name,
        folder,
        startUp: [],
        perResource: new Map(),
        perStackResource: new Map(),
        memory: undefined,
    }));
    for (let run = 0; run < START_UPS; run++) {
        for (const { folder, startUp } of packs) {
            const service = await PolicyPackService.start(folder);
            startUp.push(service.startUp);
            service.stop();
        }
    }
    for (const count of COUNTS) {
        log(`${count} resources …`);
        await measureResources(packs, count);
    }
    log(`${MANIFESTS} plain manifests …`);
    return report(packs, await measureManifests());
}

/**
 * Sends the same resources to all packs in turn. Both see the same disturbances of the machine, and the median call is one
 * that was not disturbed.
 */
async function measureResources(packs: readonly PackNumbers[], count: number): Promise<void> {
    const services = await Promise.all(packs.map(({ folder }) => PolicyPackService.start(folder)));
    try {
        const resources = Array.from({ length: count }, (_, index) => deployment(index));
        const calls = services.map((): number[] => []);
        for (const resource of [...resources.slice(0, 300), ...resources]) {
            for (const [index, service] of services.entries()) {
                calls[index]?.push(await timeOf(() => service.analyze(resource)));
            }
        }
        const stackCalls = services.map((): number[] => []);
        for (let run = 0; run < 3; run++) {
            for (const [index, service] of services.entries()) {
                stackCalls[index]?.push(await timeOf(() => service.analyzeStack(resources)));
            }
        }
        for (const [index, pack] of packs.entries()) {
            pack.perResource.set(count, median(calls[index]?.slice(-count) ?? []));
            pack.perStackResource.set(count, median(stackCalls[index] ?? []) / count);
            pack.memory = peakMemory(services[index]?.pid);
        }
    } finally {
        for (const service of services) {
            service.stop();
        }
    }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return performance.now() - started;
}

/** Milliseconds of `npm run policy -- -f` as a whole process, without npm. */
async function measureManifests(): Promise<number> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-bench-"));
    try {
        const file = path.join(folder, "deployments.yaml");
        fs.writeFileSync(
            file,
            Array.from({ length: MANIFESTS }, (_, index) => manifest(index)).join("---\n"),
        );
        const times: number[] = [];
        for (let run = 0; run < 5; run++) {
            const started = performance.now();
            const child = spawn(process.execPath, ["commands/fleet.mjs", "check", "-f", file], {
                cwd: PACKAGE_ROOT,
                stdio: "ignore",
            });
            const code = await new Promise((resolve) => child.once("close", resolve));
            if (code !== 0) {
                throw new Error(`the check of ${file} ended with ${String(code)}, expected 0`);
            }
            times.push(performance.now() - started);
        }
        return median(times);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function report(packs: readonly PackNumbers[], manifests: number): string {
    const [empty, ours] = packs;
    if (empty === undefined || ours === undefined) {
        throw new Error("a pack was not measured");
    }
    const row = (
        what: string,
        a: number | undefined,
        b: number | undefined,
        digits: number,
        compare: string,
    ) => [what, a?.toFixed(digits) ?? "?", b?.toFixed(digits) ?? "?", compare];
    const rows = [
        row(
            "start-up, ms",
            median(empty.startUp),
            median(ours.startUp),
            0,
            `× ${(median(ours.startUp) / median(empty.startUp)).toFixed(2)}`,
        ),
        ...COUNTS.map((count) => {
            const a = empty.perResource.get(count) ?? NaN;
            const b = ours.perResource.get(count) ?? NaN;
            return row(`a resource of ${count}, ms`, a, b, 3, signed(b - a));
        }),
        ...COUNTS.map((count) => {
            const a = empty.perStackResource.get(count) ?? NaN;
            const b = ours.perStackResource.get(count) ?? NaN;
            return row(`a resource of ${count} in the stack's check, ms`, a, b, 3, signed(b - a));
        }),
        row("peak memory, MiB", empty.memory, ours.memory, 0, ""),
    ];
    return [
        "# What the policy pack costs",
        "",
        `Measured with \`npm run bench -- policy\` on ${describeMachine(["@pulumi/policy", "@pulumi/pulumi", "typescript", "yaml"])}.`,
        "",
        `An empty pack and this one in the same run, each through its real gRPC service; start-up is the median of ${START_UPS},`,
        "resources are Deployments of an agent, sent to both in turn, one after the other (the median call).",
        "",
        markdownTable(["", "empty pack", "this pack", "difference"], rows),
        "",
        `Plain manifests need no service: ${MANIFESTS} Deployments from one YAML file take ${(manifests / 1000).toFixed(2)} s,`,
        "the whole process with its start (median of 5).",
        "",
    ].join("\n");
}

function signed(value: number): string {
    return `${value < 0 ? "-" : "+"} ${Math.abs(value).toFixed(3)}`;
}

/** The most memory that a process ever had, in MiB; only Linux tells. */
function peakMemory(pid: number | undefined): number | undefined {
    try {
        const peak = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid ?? 0}/status`, "utf8"))?.[1];
        return peak === undefined ? undefined : Number(peak) / 1024;
    } catch {
        return undefined;
    }
}
