import * as os from "node:os";
import { clusterVersions } from "../../local/cluster/binaries";
import { markdownTable } from "../markdownTable";
import type { Measurements, SizeMeasured, SlowMeasured } from "./measurements";
import type { MeasuredFleet } from "./model";
import { describeModel } from "./modelPage";
import type { TimedRollout } from "./timedRollout";

/** The page, in Markdown. */
export function formatRolloutPage(page: Measurements): string {
    const { machine, perStack, parallel, slowness, engine, sizes, slow } = page;
    const modelled = modelOf(page);
    return `${[
        "# fleet rollout over many stacks",
        `${machine}, Pulumi CLI ${engine}, file backend, embedded cluster (Kubernetes
${clusterVersions.kubernetes}, pods without containers); written by \`npm run bench -- rollout --write\`
(the numbers as they were measured: [rollout.json](rollout.json)).`,
        `Orgs with one agent each, ${perStack} orgs a stack: the first stack is the first ring, all others read it and are the second, ${parallel}
of them side by side. Each size has a cluster of its own. Everything goes through \`fleet rollout\`, timed as an operator meets it: the look at
every stack, the preview of each with the policy pack before its \`up\`, the wait for every rollout, and the look at what was proven. The preview without
a change is \`--everything\`. The kubectl loop over the same orgs is what the platform's old script describes: one \`kubectl get\` for each
namespace, one \`kubectl set image\` for each stale Deployment, one after the other; it looks at nothing before, and waits for nothing. After each run the API server
was asked whether everybody is on the image. CPU is that of all processes but the cluster's; memory the most that they had at one moment.`,
        markdownTable(
            ["", "orgs", "stacks", "time", "an org", "CPU", "an org", "memory"],
            sizes.flatMap(formatSize),
        ),
        ...formatAims(sizes),
        ...(slow.length === 0 ? [] : [formatSlow(page, slow, slowness)]),
        ...(modelled === undefined ? [] : [describeModel(modelled, os.cpus().length)]),
    ].join("\n\n")}\n`;
}

/** What the model is computed from: the largest fleet of which a release and a preview were measured. */
function modelOf({ sizes, perStack, parallel }: Measurements): MeasuredFleet | undefined {
    return sizes
        .flatMap(({ orgs, stacks, release, preview }) =>
            release === undefined || preview === undefined
                ? []
                : [
                      {
                          ...{ orgs, perStack },
                          sideBySide: Math.max(1, Math.min(parallel, stacks - 1)),
                          releaseSeconds: release.seconds,
                          releaseCpu: release.cpu,
                          previewCpu: preview.cpu,
                          megabytes: release.megabytes,
                      },
                  ],
        )
        .sort((a, b) => a.orgs - b.orgs)
        .at(-1);
}

function formatSize({ orgs, stacks, loop, ...runs }: SizeMeasured): string[][] {
    const head = [String(orgs), String(stacks)];
    const row = (what: string, run: TimedRollout | undefined) =>
        run === undefined
            ? []
            : [
                  [
                      ...[what, ...head, inSeconds(run.seconds), anOrg(run.seconds, orgs)],
                      ...[inSeconds(run.cpu), anOrg(run.cpu, orgs), `${run.megabytes.toFixed(0)} MB`],
                  ],
              ];
    return [
        ...row("first `up`", runs.firstUp),
        ...row("preview without a change", runs.preview),
        ...row("release", runs.release),
        ...row("rollback", runs.rollback),
        ...(loop === undefined
            ? []
            : [["kubectl loop, waits for nothing", ...head, inSeconds(loop), anOrg(loop, orgs), "", "", ""]]),
    ];
}

/** The aims, as far as both sides of each were measured: the smallest size beside the largest, and the largest beside the loop. */
function formatAims(sizes: readonly SizeMeasured[]): string[] {
    const growth = (what: string, of: (size: SizeMeasured) => TimedRollout | undefined) => {
        const measured = sizes
            .flatMap((size) => {
                const run = of(size);
                return run === undefined ? [] : [{ orgs: size.orgs, run }];
            })
            .sort((a, b) => a.orgs - b.orgs);
        const [small, large] = [measured[0], measured.at(-1)];
        return small === undefined || large === undefined || small === large
            ? []
            : [
                  [
                      `cost of an org, ${what}: ${large.orgs} orgs beside ${small.orgs}`,
                      "≤ 1.10 ×",
                      `${(large.run.seconds / large.orgs / (small.run.seconds / small.orgs)).toFixed(2)} × of time, ` +
                          `${(large.run.cpu / large.orgs / (small.run.cpu / small.orgs)).toFixed(2)} × of CPU`,
                  ],
              ];
    };
    const beside = (what: string, of: (size: SizeMeasured) => TimedRollout | undefined) =>
        sizes.flatMap((size) => {
            const run = of(size);
            return run === undefined || size.loop === undefined
                ? []
                : [
                      [
                          `${what} of ${size.orgs} orgs beside the loop that waits for nothing`,
                          "≤ 1.00 ×",
                          `${(run.seconds / size.loop).toFixed(2)} ×`,
                      ],
                  ];
        });
    const rows = [
        ...growth("first `up`", ({ firstUp }) => firstUp),
        ...growth("release", ({ release }) => release),
        ...growth("rollback", ({ rollback }) => rollback),
        ...beside("release", ({ release }) => release),
        ...beside("rollback", ({ rollback }) => rollback),
    ];
    return rows.length === 0 ? [] : [markdownTable(["", "aim", "measured"], rows)];
}

function formatSlow({ perStack }: Measurements, slow: readonly SlowMeasured[], slowness: string): string {
    return [
        `## A release whose pods need ${slowness} to become ready`,
        `The same orgs. The first ring rolls 16 agents at a time, which is the default (how many a bad image can reach); the stacks behind it have
\`gate.parallel: ${perStack}\`, since what they get was proven. The loop waits for nothing here either, so the table says when its last pod was ready.`,
        markdownTable(
            ["orgs", "stacks", "release", "an org", "CPU", "memory", "kubectl loop", "its last pod ready"],
            slow.map(({ orgs, stacks, release, loop, loopReady }) => [
                ...[String(orgs), String(stacks), inSeconds(release.seconds), anOrg(release.seconds, orgs)],
                ...[inSeconds(release.cpu), `${release.megabytes.toFixed(0)} MB`],
                ...[inSeconds(loop), inSeconds(loopReady)],
            ]),
        ),
    ].join("\n\n");
}

function inSeconds(seconds: number): string {
    return `${seconds.toFixed(1)} s`;
}

function anOrg(seconds: number, orgs: number): string {
    return `${(seconds / orgs).toFixed(2)} s`;
}
