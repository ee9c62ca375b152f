import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import type { TierCounts } from "./countingReporter";

/** The tiers in the order in which they run: the fast ones first. What is skipped is said in the summary, with the reason. */
const TIERS = [
    { name: "unit", what: "pure functions, components under mocks, golden files", needs: "nothing" },
    { name: "fuzz", what: "generated references and objects", needs: "nothing" },
    {
        name: "services",
        what: "the pack's gRPC service, registries, control planes, the comment API",
        needs: "nothing",
    },
    { name: "cluster", what: "a real API server", needs: "the embedded cluster" },
    {
        name: "engine",
        what: "a real Pulumi engine and a real API server",
        needs: "pulumi and the embedded cluster",
        // Each with a cluster of its own: most of the time somebody waits for pods.
        processes: 2,
    },
    {
        name: "containers",
        what: "agents whose containers really run",
        needs: "Docker with kind, or a cluster that CUSTOMER_ORGS_CONTAINERS_KUBECONFIG names",
    },
    { name: "soak", what: "long trials: only when it is named", needs: "hours" },
] as const;

async function main(wanted: readonly string[]): Promise<void> {
    const unknown = wanted.filter((name) => !TIERS.some((tier) => tier.name === name));
    if (unknown.length > 0) {
        const known = TIERS.map(({ name }) => `"${name}"`).join(", ");
        console.error(`no such tier: "${unknown.join('", "')}"; expected some of ${known}`);
        process.exitCode = 2;
        return;
    }
    const total = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    const failures: string[] = [];
    for (const tier of TIERS) {
        if (wanted.length > 0 ? !wanted.includes(tier.name) : tier.name === "soak") {
            continue;
        }
        console.log(`\n==> ${tier.name}: ${tier.what} (needs ${tier.needs})`);
        const began = Date.now();
        const counts = await runTier(tier.name, "processes" in tier ? tier.processes : 1);
        total.passed += counts.passed;
        total.failed += counts.failed;
        total.skipped += counts.skipped;
        const seconds = ((Date.now() - began) / 1000).toFixed(0);
        lines.push(`${tier.name.padEnd(10)} ${summary(counts)} in ${seconds} s`);
        lines.push(...counts.why.map((why) => `         skipped, ${why}`));
        const slow = counts.slowest.filter(({ seconds: each }) => each >= 60);
        lines.push(...slow.map(({ suite, seconds: each }) => `         ${each} s of it: ${suite}`));
        failures.push(...counts.failures.map((failure) => `FAILED ${tier.name}: ${failure}\n`));
    }
    // Last, since of a long log often only the end is kept.
    console.log(`\n${lines.join("\n")}\n\n${failures.join("")}${summary(total)}`);
    process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** Runs a tier in as many processes as it can have side by side; what all but the first print comes when they have ended. */
async function runTier(name: string, processes: number): Promise<TierCounts> {
    const files = fs.globSync(`test/${name}/**/*.test.ts`, { cwd: PACKAGE_ROOT }).sort();
    if (files.length === 0) {
        return { ...NOTHING, failed: 1, failures: [`there is no test in test/${name}/; expected some`] };
    }
    const shares = Array.from({ length: processes }, (_, share) =>
        files.filter((_file, index) => index % processes === share),
    ).filter((share) => share.length > 0);
    const all = await Promise.all(shares.map((share, index) => runFiles(share, index === 0)));
    return all.reduce((sum, counts) => ({
        passed: sum.passed + counts.passed,
        failed: sum.failed + counts.failed,
        skipped: sum.skipped + counts.skipped,
        why: [...new Set([...sum.why, ...counts.why])],
        failures: [...sum.failures, ...counts.failures],
        slowest: [...sum.slowest, ...counts.slowest],
    }));
}

const NOTHING: TierCounts = { passed: 0, failed: 0, skipped: 0, why: [], failures: [], slowest: [] };

/** Runs files in a mocha process of their own. A process that dies without counts is a failure, not an empty tier. */
async function runFiles(files: readonly string[], isWatched: boolean): Promise<TierCounts> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "customer-orgs-test-"));
    const file = path.join(directory, "counts.json");
    const mocha = path.join(PACKAGE_ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const args = ["--forbid-only", "--exit", "--reporter", path.join(__dirname, "countingReporter.ts")];
    const log = path.join(directory, "log");
    const output = isWatched ? "inherit" : fs.openSync(log, "w");
    const child = spawn(process.execPath, [mocha, ...args, ...files], {
        cwd: PACKAGE_ROOT,
        stdio: ["ignore", output, output],
        env: { ...process.env, TEST_COUNTS_FILE: file },
    });
    const code = await new Promise<number | null>((resolve) => {
        child.once("close", resolve);
    });
    if (!isWatched) {
        process.stdout.write(fs.readFileSync(log));
    }
    const counts = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as TierCounts) : NOTHING;
    fs.rmSync(directory, { recursive: true });
    const failure = `the process ended with exit code ${String(code)} though no test failed`;
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1, failures: [failure] } : counts;
}

function summary({ passed, failed, skipped }: Pick<TierCounts, "passed" | "failed" | "skipped">): string {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

void main(process.argv.slice(2));
