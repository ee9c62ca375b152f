import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import type { Measurements } from "./rollout/measurements";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** Where the tables are kept. */
const DOCS = path.join(PACKAGE_ROOT, "docs/benchmarks");

const program = new Command("npm run bench --").description("Measure this project, each command by itself.");

program
    .command("policy")
    .description("start-up, time and memory of the policy pack, next to an empty one")
    .option("--write", "write the table to docs/benchmarks/policy.md")
    .action(async (options: { readonly write?: boolean }) => {
        const { benchPolicy } = await import("./policy");
        finish("policy", await benchPolicy(console.error), options.write === true);
    });

program
    .command("policy-compare")
    .description("this checker, kube-score and Kyverno's CLI over the corpus: caught, false alarms, seconds")
    .option("--write", "write the table to docs/benchmarks/policy-compare.md")
    .action(async (options: { readonly write?: boolean }) => {
        const { comparePolicies } = await import("./policyCompare");
        finish("policy-compare", await comparePolicies(console.error), options.write === true);
    });

program
    .command("policy-sweep")
    .description("what the policy checker makes of a checkout: objects, findings, unread files")
    .argument("<directory>", "anybody's manifests")
    .action(async (directory: string) => {
        const { sweepPolicies } = await import("./policySweep");
        finish("policy-sweep", sweepPolicies(directory, new Date()), false);
    });

program
    .command("orgs")
    .description("first up, no-change preview and release of 1 to 200 orgs, on a real engine")
    .option("--sizes <numbers>", "how many orgs, separated by commas", "1,25,100,200")
    .option("--write", "write the table to docs/benchmarks/orgs.md")
    .action(async (options: { readonly sizes: string; readonly write?: boolean }) => {
        const { benchOrgs } = await import("./orgs");
        const page = await benchOrgs(console.error, options.sizes.split(",").map(Number));
        finish("orgs", page, options.write === true);
    });

program
    .command("fleet")
    .description("fleet stale and sync beside a kubectl loop, 50 to 1,000 orgs")
    .option("--sizes <numbers>", "how many orgs, ascending, separated by commas", "50,200,1000")
    .option("--parts <names>", "what to measure: stale, few, all", "stale,few,all")
    .option("--write", "write the tables to docs/benchmarks/fleet.md")
    .action(async (options: { readonly sizes: string; readonly parts: string; readonly write?: boolean }) => {
        const { FLEET_PARTS, benchFleet } = await import("./fleet");
        const parts = new Set(FLEET_PARTS.filter((part) => options.parts.split(",").includes(part)));
        const page = await benchFleet(console.error, options.sizes.split(",").map(Number), parts);
        finish("fleet", page, options.write === true);
    });

program
    .command("rollout")
    .description(
        "fleet rollout over many stacks: first up, preview, release and rollback, beside a kubectl loop",
    )
    .option("--sizes <numbers>", "how many orgs, separated by commas", "100,300,1000")
    .option("--per-stack <number>", "orgs of a stack", "50")
    .option("--parallel <number>", "stacks of a ring side by side", "2")
    .option("--parts <names>", "what to measure after the first up", "release,loop,rollback,preview")
    .option("--slow <numbers>", "sizes of which a release with pods that need 30 s is measured too", "")
    .option(
        "--write",
        "write the tables to docs/benchmarks/rollout.md after each measurement, beside those of other sizes",
    )
    .action(
        async (options: {
            readonly sizes: string;
            readonly perStack: string;
            readonly parallel: string;
            readonly parts: string;
            readonly slow: string;
            readonly write?: true;
        }) => {
            const { ROLLOUT_PARTS, benchRollout } = await import("./rollout");
            const { keepMeasurements } = await import("./rollout/measurements");
            const { formatRolloutPage } = await import("./rollout/page");
            const bench = {
                sizes: options.sizes.split(",").map(Number),
                perStack: Number(options.perStack),
                parallel: Number(options.parallel),
                parts: new Set(ROLLOUT_PARTS.filter((part) => options.parts.split(",").includes(part))),
                slow: new Set(options.slow.split(",").map(Number)),
            };
            const keep = (measured: Measurements) => {
                if (options.write === true) {
                    const all = keepMeasurements(path.join(DOCS, "rollout.json"), measured);
                    writePage("rollout", formatRolloutPage(all), true);
                }
            };
            console.log(formatRolloutPage(await benchRollout(console.error, bench, keep)));
        },
    );

program
    .command("watch")
    .description("memory and CPU of fleet watch over an hour, while pods change all the time")
    .option("--orgs <number>", "how many orgs", "1000")
    .option("--minutes <number>", "how long; a few tell the start and the slope", "60")
    .option("--churn <number>", "pods that change a second", "20")
    .option("--write", "write the table to docs/benchmarks/watch.md")
    .action(
        async (options: {
            readonly orgs: string;
            readonly minutes: string;
            readonly churn: string;
            readonly write?: boolean;
        }) => {
            const { benchWatch } = await import("./watch");
            const [orgs = 0, minutes = 0, churn = 1] = [options.orgs, options.minutes, options.churn].map(
                Number,
            );
            finish(
                "watch",
                await benchWatch(console.error, { orgs, minutes, churn }),
                options.write === true,
            );
        },
    );

/** Prints a page of numbers, and keeps it where that was asked for. */
function finish(name: string, page: string, write: boolean): void {
    console.log(page);
    writePage(name, page, write);
}

function writePage(name: string, page: string, write: boolean): void {
    if (write) {
        fs.mkdirSync(DOCS, { recursive: true });
        fs.writeFileSync(path.join(DOCS, `${name}.md`), page);
    }
}

// Whatever was started ends with this process.
for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
] as const) {
    process.once(name, () => process.exit(128 + number));
}

void program.parseAsync();
