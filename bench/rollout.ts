import { findEngine } from "../engine/findEngine";
import { kubectlLoop } from "./fleet/kubectlLoop";
import { countOthers, untilSettled } from "./fleet/untilSettled";
import { type Measurements, type SizeMeasured, type SlowMeasured, thisMachine } from "./rollout/measurements";
import { StackedFleet, imageOf } from "./rollout/stackedFleet";
import { timedRollout } from "./rollout/timedRollout";

/** What can be measured, after the first `up`, in this order. */
export const ROLLOUT_PARTS = ["release", "loop", "rollback", "preview"] as const;

/** What is measured. */
export interface RolloutBench {
    readonly sizes: readonly number[];
    readonly perStack: number;
    /** Stacks of a ring side by side, as `fleet rollout --parallel`. */
    readonly parallel: number;
    readonly parts: ReadonlySet<(typeof ROLLOUT_PARTS)[number]>;
    /** Sizes of which a release with pods that need 30 s is measured too. */
    readonly slow: ReadonlySet<number>;
}

/** How long the pods of the second table need to become ready. */
const SLOW = "30s";

/**
 * Measures a fleet of many stacks: first `up`, preview without a change, release and rollback, each by `fleet rollout` over all stacks,
 * and the kubectl loop over the same orgs, each size on a cluster of its own.
 *
 * @param keep is given what there is after each measurement: it is not lost with what comes after
 * @returns everything
 * @throws Error when there is no engine, or something did not reach everybody
 */
export async function benchRollout(
    log: (line: string) => void,
    bench: RolloutBench,
    keep: (measured: Measurements) => void,
): Promise<Measurements> {
    const engine = await findEngine();
    if (!engine.ok) {
        throw new Error(`this benchmark needs a Pulumi engine: ${engine.reason}`);
    }
    const sizes: SizeMeasured[] = [];
    const slow: SlowMeasured[] = [];
    const { perStack, parallel } = bench;
    const all = (): Measurements => ({
        ...{ machine: thisMachine(), engine: engine.version, perStack, parallel, slowness: SLOW },
        ...{ sizes, slow },
    });
    for (const orgs of bench.sizes) {
        const fleet = await StackedFleet.create({ orgs, perStack }, log);
        try {
            const at = sizes.length;
            for await (const measured of measure(fleet, bench, log)) {
                sizes[at] = measured;
                keep(all());
            }
            if (bench.slow.has(orgs)) {
                slow.push(await measureSlow(fleet, bench, log));
                keep(all());
            }
        } finally {
            await fleet.remove();
        }
    }
    return all();
}

/** One thing after the other: each time all that is measured by then. */
async function* measure(
    fleet: StackedFleet,
    { parallel, parts }: RolloutBench,
    log: (line: string) => void,
): AsyncGenerator<SizeMeasured> {
    const { orgs } = fleet.options;
    const rollout = async (what: string, release: number, more: readonly string[] = []) => {
        await fleet.release(release);
        log(`${orgs} orgs: ${what}`);
        const timed = await timedRollout(fleet, ["--parallel", String(parallel), ...more], log);
        await expectEverybodyOn(fleet, release);
        log(
            `${orgs} orgs: ${what}: ${timed.seconds.toFixed(1)} s, CPU ${timed.cpu.toFixed(1)} s, ${timed.megabytes.toFixed(0)} MB`,
        );
        return timed;
    };
    const firstUp = await rollout("first up", 1);
    let measured: SizeMeasured = { orgs, stacks: fleet.stackCount, firstUp };
    yield measured;
    if (parts.has("release")) {
        yield (measured = { ...measured, release: await rollout("release", 2) });
    }
    if (parts.has("loop")) {
        const { seconds: loop } = await runLoop(fleet, 4, log);
        yield (measured = { ...measured, loop });
    }
    if (parts.has("rollback")) {
        yield (measured = { ...measured, rollback: await rollout("rollback", 1) });
    }
    if (parts.has("preview")) {
        const preview = await rollout("preview without a change", 1, ["--everything"]);
        yield { ...measured, preview };
    }
}

async function measureSlow(
    fleet: StackedFleet,
    { parallel }: RolloutBench,
    log: (line: string) => void,
): Promise<SlowMeasured> {
    const { orgs } = fleet.options;
    fleet.slowDown(SLOW);
    await fleet.release(3);
    log(`${orgs} orgs: release, pods need ${SLOW}`);
    const release = await timedRollout(fleet, ["--parallel", String(parallel)], log);
    await expectEverybodyOn(fleet, 3);
    const loop = await runLoop(fleet, 5, log);
    return { orgs, stacks: fleet.stackCount, release, loop: loop.seconds, loopReady: loop.ready };
}

/** Seconds of the loop alone, and until the pods that it left behind were ready. */
async function runLoop(
    fleet: StackedFleet,
    release: number,
    log: (line: string) => void,
): Promise<{ readonly seconds: number; readonly ready: number }> {
    const { orgs } = fleet.options;
    log(`${orgs} orgs: kubectl loop`);
    const { seconds, updated } = await kubectlLoop(fleet.kubeconfig, imageOf(release));
    if (updated !== orgs) {
        throw new Error(`the loop updated ${updated} agents, expected ${orgs}`);
    }
    const ended = performance.now();
    await untilSettled(fleet.client, orgs, 500);
    const ready = seconds + (performance.now() - ended) / 1000;
    log(`${orgs} orgs: kubectl loop: ${seconds.toFixed(1)} s, ready after ${ready.toFixed(1)} s`);
    return { seconds, ready };
}

/** What was measured counts only where it was done, and its pods run. */
async function expectEverybodyOn(fleet: StackedFleet, release: number): Promise<void> {
    await untilSettled(fleet.client, fleet.options.orgs, 500);
    const others = await countOthers(fleet.client, imageOf(release));
    if (others > 0) {
        throw new Error(`${others} agents are not on release ${release}`);
    }
}
