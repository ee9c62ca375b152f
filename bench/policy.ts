import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACK, PolicyPackService } from "../test/support/policy/policyPackService";
import { describeMachine } from "./describeMachine";
import { KUBE_SCORE, goTool } from "./goTool";
import { markdownTable } from "./markdownTable";
import { median } from "./median";
import { packChecker } from "../test/support/policy/packChecker";
import { deployment, manifest } from "./policySamples";
import { type CommandLine, processTimes } from "./processTimes";

const PACKS = [
    ["empty pack", path.join(__dirname, "emptyPack")],
    ["this pack", PACK],
] as const;

const START_UPS = 7;
const COUNTS = [1_000, 10_000] as const;
/** Runs of each checker over plain manifests. */
const RUNS = 5;

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
    log("plain manifests …");
    return report(packs, await measureManifests(log));
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

/** The seconds of checkers over plain manifests, as whole processes, by checker and number of Deployments. */
async function measureManifests(log: (line: string) => void): Promise<string[][]> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-bench-"));
    try {
        const files = COUNTS.map((count) => {
            const file = path.join(folder, `${count}.yaml`);
            fs.writeFileSync(
                file,
                Array.from({ length: count }, (_, index) => manifest(index)).join("---\n"),
            );
            return file;
        });
        const { program: own } = packChecker(folder);
        const kubeScore = await goTool(KUBE_SCORE, log);
        const checkers: [name: string, command: (file: string) => CommandLine][] = [
            ["image-policy, installed", (file) => [process.execPath, own, file]],
            ["fleet check", (file) => [process.execPath, "commands/fleet.mjs", "check", "-f", file]],
        ];
        if (kubeScore !== undefined) {
            checkers.push([`kube-score ${KUBE_SCORE.version}`, (file) => [kubeScore, "score", file]]);
        }
        const commands = checkers.flatMap(([, command]) => files.map(command));
        const times = await processTimes(commands, RUNS);
        return checkers.map(([name], index) => [
            name,
            ...files.flatMap((_, file) => {
                const { median = NaN, least = NaN, cpu = NaN } = times[index * files.length + file] ?? {};
                return [median.toFixed(2), least.toFixed(2), cpu.toFixed(2)];
            }),
        ]);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function report(packs: readonly PackNumbers[], manifests: readonly (readonly string[])[]): string {
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
        `Plain manifests need no service: Deployments from one YAML file, whole processes with their start, ${RUNS} runs of each in turn in the`,
        "same run: the median, the least, and what the processors worked for one (the machine did other things too):",
        "",
        markdownTable(["s", ...COUNTS.flatMap((count) => [`${count}, median`, "least", "CPU"])], manifests),
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
