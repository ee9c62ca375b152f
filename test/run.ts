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
        const counts = await runTier(tier.name);
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

/** Runs a tier in a mocha process of its own. A process that dies without counts is a failure, not an empty tier. */
function runTier(name: string): Promise<TierCounts> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "customer-orgs-test-"));
    const file = path.join(directory, "counts.json");
    return new Promise((resolve) => {
        const tests = fs.globSync(`test/${name}/**/*.test.ts`, { cwd: PACKAGE_ROOT });
        if (tests.length === 0) {
            const failure = `there is no test in test/${name}/; expected some`;
            resolve({ passed: 0, failed: 1, skipped: 0, why: [], failures: [failure], slowest: [] });
            return;
        }
        const mocha = path.join(PACKAGE_ROOT, "node_modules", "mocha", "bin", "mocha.js");
        const args = ["--forbid-only", "--exit", "--reporter", path.join(__dirname, "countingReporter.ts")];
        const child = spawn(process.execPath, [mocha, ...args, `test/${name}/**/*.test.ts`], {
            cwd: PACKAGE_ROOT,
            stdio: ["ignore", "inherit", "inherit"],
            env: { ...process.env, TEST_COUNTS_FILE: file },
        });
        child.on("close", (code) => {
            const counts = fs.existsSync(file)
                ? (JSON.parse(fs.readFileSync(file, "utf8")) as TierCounts)
                : { passed: 0, failed: 0, skipped: 0, why: [], failures: [], slowest: [] };
            if (code !== 0 && counts.failed === 0) {
                const failure = `the process ended with exit code ${String(code)} though no test failed`;
                resolve({ ...counts, failed: 1, failures: [failure] });
            } else {
                resolve(counts);
            }
            fs.rmSync(directory, { recursive: true });
        });
    });
}

function summary({ passed, failed, skipped }: Pick<TierCounts, "passed" | "failed" | "skipped">): string {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

void main(process.argv.slice(2));
