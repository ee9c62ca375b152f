import { markdownTable } from "../markdownTable";
import { type MeasuredFleet, modelFleet } from "./model";

/** The fleets that nobody has here. */
const SIZES = [10_000, 100_000] as const;

/** Processors for the operator's pods, and seconds between two resyncs of a stack, by what a fleet of the size may have. */
const CORES = 64;
const RESYNC = 3_600;

/** What was measured, the formulas, and what comes of them: a reader can redo it with a machine of their own. */
export function describeModel(measured: MeasuredFleet, cores: number): string {
    const { orgs, perStack, sideBySide, releaseSeconds, releaseCpu, previewCpu, megabytes } = measured;
    const rows = SIZES.map((size) => {
        const { stacks, oneMachine, operator } = modelFleet(measured, {
            orgs: size,
            cores: CORES,
            resync: RESYNC,
        });
        return [
            ...[size.toLocaleString("en"), stacks.toLocaleString("en")],
            ...[inTime(oneMachine.seconds), inGigabytes(oneMachine.megabytes)],
            ...[operator.pods.toLocaleString("en"), inGigabytes(operator.megabytes)],
            ...[inTime(operator.seconds), operator.resyncCores.toFixed(1)],
        ];
    });
    return [
        "## 10,000 and 100,000 orgs: a model",
        `Nobody has measured these here. They are computed from the ${orgs} orgs above, with one assumption: an org costs in a fleet of any size
what it costs there, because its stack is as large (${perStack} orgs) and no stack reads the orgs of another.`,
        markdownTable(
            ["measured", ""],
            [
                [
                    "a release: time of an org",
                    `${(releaseSeconds / orgs).toFixed(3)} s on ${cores} processors`,
                ],
                ["a release: CPU of an org", `${(releaseCpu / orgs).toFixed(3)} s`],
                ["a preview without a change: CPU of an org", `${(previewCpu / orgs).toFixed(3)} s`],
                ["memory of one stack while it is updated", `${(megabytes / sideBySide).toFixed(0)} MB`],
            ],
        ),
        `- **stacks** = orgs ÷ ${perStack}.
- **One machine** such as this one, ${sideBySide} stacks side by side: time = orgs × time of an org; memory = ${sideBySide} × memory of one stack. With more
  processors and as many more stacks side by side (\`--parallel\`) the time falls and the memory grows by the same factor.
- **The operator**: a pod for each stack, each with the memory of one stack; with ${CORES} processors for all pods, time = ⌈stacks ÷ ${CORES}⌉ × ${perStack} × CPU
  of an org. Every stack is evaluated again at each resync: with one an hour, processors kept busy = stacks × ${perStack} × CPU of a preview ÷ 3,600 s;
  with one in 5 minutes twelve times as many.`,
        markdownTable(
            [
                ...["orgs", "stacks", "one machine: release", "memory"],
                ...[
                    "operator: pods",
                    "their memory",
                    `release on ${CORES} processors`,
                    "processors for an hourly resync",
                ],
            ],
            rows,
        ),
        `What the model leaves out: pods that need time to become ready (add that time, for each ring and each round of \`gate.parallel\` agents), soaks, and the API
server: an updated Deployment takes about 13 requests, so that 100,000 of them in an hour are 360 requests a second.`,
    ].join("\n\n");
}

function inTime(seconds: number): string {
    return seconds < 5_400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

function inGigabytes(megabytes: number): string {
    return `${(megabytes / 1024).toFixed(1)} GB`;
}
