import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { formatPromotion, formatPromotionMarkdown } from "../../../pins/formatPromotion";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
import { withPromotionLock } from "../../../pins/promotionLock";
import { PROMOTION_REPORT_VERSION, type PromotionReport } from "../../../pins/report";
import { FakeStack } from "../../support/fakeStack";
import {
    pinsIn,
    problemsIn,
    promoteFile,
    stackFile,
    statusesOf,
    writeRelease,
} from "../../support/promotionFixture";

const image = (runtime: string, letter: string) => `ghcr.io/genbrain/${runtime}@sha256:${letter.repeat(64)}`;
const OLD = { "claude-code": image("claude-code", "a"), "platform-agent": image("platform-agent", "b") };
const NEW = { "claude-code": image("claude-code", "c"), "platform-agent": image("platform-agent", "d") };
const TOKEN = "cp-token-1";

describe("fleet promote", () => {
    let root: string;
    let release: string;
    let stacks: Record<string, FakeStack>;
    let announced: string[];
    let world: PromotionWorld;

    const write = (environment: string, promotion: Record<string, unknown> = {}) => {
        const runtimes = Object.fromEntries(
            Object.entries(OLD).map(([runtime, old]) => [
                runtime,
                { image: old, release: "v1", promotedAt: "2026-06-18T00:00:00Z" },
            ]),
        );
        const config = {
            "platform:kubeContext": environment,
            "platform:runtimes": runtimes,
            "platform:promotion": promotion,
        };
        fs.writeFileSync(path.join(root, "platform", `Pulumi.${environment}.yaml`), stringify({ config }));
    };
    const controlPlane = { url: "https://cp.example.com", tokenVariable: "CP_TOKEN" };

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "promote-"));
        fs.mkdirSync(path.join(root, "platform"));
        write("staging");
        write("prod");
        release = writeRelease(path.join(root, "release.json"), "v2", NEW);
        stacks = { staging: new FakeStack(root, "staging"), prod: new FakeStack(root, "prod") };
        announced = [];
        world = {
            root,
            openStack: (name) => {
                const stack = stacks[name];
                return stack === undefined ? Promise.reject(new Error("no stack")) : Promise.resolve(stack);
            },
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: (_config, token) => (runtime, digest) => {
                announced.push(`${token} ${runtime} ${digest.slice(7, 9)}`);
                return Promise.resolve();
            },
            env: { CP_TOKEN: TOKEN },
            now: () => new Date("2026-06-21T12:00:00Z"),
            log: () => undefined,
        };
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    const both = ["staging", "prod"];

    it("moves every pin in every environment, and writes down who, when and with what evidence", async () => {
        const report = await promoteFile(release, both, world);
        assert.equal(report.exitCode, 0);
        for (const environment of both) {
            assert.deepEqual(statusesOf(report, environment), {
                "claude-code": "promoted",
                "platform-agent": "promoted",
            });
            assert.deepEqual(pinsIn(root, environment).get("platform-agent"), {
                image: NEW["platform-agent"],
                release: "v2",
                promotedAt: "2026-06-21T12:00:00.000Z",
                deployedAt: "2026-06-21T12:00:00.000Z",
                promotedBy: "ann",
                gitSha: "19f3175",
                publishedAt: "2026-06-21T10:00:00Z",
                evidence: [{ name: "smoke", result: "passed", url: "https://ci.example.com/runs/1" }],
                history: [
                    { image: OLD["platform-agent"], release: "v1", promotedAt: "2026-06-18T00:00:00Z" },
                ],
            });
            assert.equal(stacks[environment]?.updates, 1);
        }
    });

    it("says already-current the second time, and changes nothing", async () => {
        await promoteFile(release, both, world);
        const before = stackFile(root, "prod");
        const report = await promoteFile(release, both, world);
        assert.equal(report.exitCode, 0);
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "already-current",
            "platform-agent": "already-current",
        });
        assert.equal(stackFile(root, "prod"), before);
        assert.equal(stacks["prod"]?.updates, 1);
    });

    it("promotes the one environment when the other is down, which is unknown: exit code 2", async () => {
        delete stacks["prod"];
        const before = stackFile(root, "prod");
        const report = await promoteFile(release, both, world);
        assert.equal(report.exitCode, 2);
        assert.equal(report.environments[1]?.status, "unknown");
        assert.deepEqual(statusesOf(report, "staging"), {
            "claude-code": "promoted",
            "platform-agent": "promoted",
        });
        assert.deepEqual(problemsIn(report), [{ at: "prod engine", message: "no stack" }]);
        assert.equal(stackFile(root, "prod"), before);
    });

    it("goes on to the next environment when an update fails, and puts the file of the failed one back", async () => {
        const before = stackFile(root, "staging");
        (stacks["staging"] as FakeStack).failWith = new Error("the rollout did not finish");
        const report = await promoteFile(release, both, world);
        assert.equal(report.exitCode, 1);
        assert.deepEqual(problemsIn(report), [
            {
                at: "staging update",
                message: "the rollout did not finish; platform/Pulumi.staging.yaml is as it was before",
            },
        ]);
        assert.equal(stackFile(root, "staging"), before);
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "promoted",
            "platform-agent": "promoted",
        });

        (stacks["staging"] as FakeStack).failWith = undefined;
        assert.equal((await promoteFile(release, both, world)).exitCode, 0, "run again");
    });

    it("keeps the pins when an update fails after the output has moved: the file is never older than what is deployed", async () => {
        const stack = stacks["prod"] as FakeStack;
        stack.failWith = new Error("interrupted by SIGTERM");
        stack.deploysFirst = true;
        const report = await promoteFile(release, ["prod"], world);
        assert.equal(report.exitCode, 1);
        assert.deepEqual(problemsIn(report), [
            {
                at: "prod update",
                message:
                    "interrupted by SIGTERM; the pins are deployed, and stay in platform/Pulumi.prod.yaml",
            },
        ]);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.image, NEW["claude-code"]);

        stack.failWith = undefined;
        const again = await promoteFile(release, ["prod"], world);
        assert.deepEqual(statusesOf(again, "prod"), {
            "claude-code": "already-current",
            "platform-agent": "already-current",
        });
    });

    it("says so when an update fails and the output cannot be read", async () => {
        const before = stackFile(root, "prod");
        const stack = stacks["prod"] as FakeStack;
        stack.failWith = new Error("the backend is gone");
        stack.unreadableAfter = new Error("no answer");
        const report = await promoteFile(release, ["prod"], world);
        assert.match(
            problemsIn(report)[0]?.message ?? "",
            /^the backend is gone; what is deployed could not be read \(no answer\); platform\/Pulumi.prod.yaml is as it was/,
        );
        assert.equal(stackFile(root, "prod"), before);
    });

    it("fails when the stack's output is not what was promoted, though the update succeeded", async () => {
        (stacks["prod"] as FakeStack).forgets = true;
        const report = await promoteFile(release, ["prod"], world);
        assert.equal(report.exitCode, 1);
        assert.deepEqual(
            problemsIn(report).map(({ at }) => at),
            ["prod deployed", "prod deployed"],
        );
    });

    it("finishes what was interrupted between the pin and the update", async () => {
        await promoteFile(release, ["prod"], { ...world, openStack: undefined });
        assert.equal(stacks["prod"]?.updates, 0);
        const report = await promoteFile(release, ["prod"], world);
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "promoted",
            "platform-agent": "promoted",
        });
        assert.equal(stacks["prod"].updates, 1);
        assert.equal(
            pinsIn(root, "prod").get("claude-code")?.history?.length,
            1,
            "the history has no second entry",
        );
    });

    it("finishes what was interrupted between the update and the checkout's commit", async () => {
        const checkout = stackFile(root, "prod");
        await promoteFile(release, ["prod"], world);
        fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), checkout);
        const report = await promoteFile(release, ["prod"], world);
        assert.equal(report.exitCode, 0);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.image, NEW["claude-code"]);
    });

    it("refuses a checkout that is older than what was deployed, and says how to get the newer one", async () => {
        const checkout = stackFile(root, "prod");
        await promoteFile(release, ["prod"], world);
        fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), checkout);
        const other = writeRelease(path.join(root, "other.json"), "v3", {
            "claude-code": image("claude-code", "e"),
            "platform-agent": image("platform-agent", "f"),
        });
        const report = await promoteFile(other, ["prod"], world);
        assert.equal(report.exitCode, 1);
        assert.ok(problemsIn(report).every(({ message }) => message.includes('"git pull" first')));
        assert.equal(stackFile(root, "prod"), checkout);
    });

    it("lists all problems of release, checks, registry and token at once, and changes nothing anywhere", async () => {
        const broken = JSON.parse(fs.readFileSync(release, "utf8")) as {
            runtimes: Record<string, Record<string, unknown>>;
        };
        broken.runtimes["claude-code"] = { ...broken.runtimes["claude-code"], digest: "" };
        broken.runtimes["platform-agent"] = { ...broken.runtimes["platform-agent"], evidence: [] };
        fs.writeFileSync(release, JSON.stringify(broken));
        write("staging", { controlPlane });
        const before = both.map((environment) => stackFile(root, environment));
        const report = await promoteFile(release, both, {
            ...world,
            env: { CP_TOKEN: "" },
            registryTrouble: (_repository, digest) =>
                Promise.resolve({ message: `it has no ${digest.slice(7, 9)}` }),
        });
        assert.equal(report.exitCode, 1);
        assert.deepEqual(
            problemsIn(report)
                .map(({ at }) => at)
                .sort(),
            [
                "prod evidence",
                "prod registry",
                "prod release",
                "staging evidence",
                "staging registry",
                "staging release",
                "staging token",
            ],
        );
        const text = formatPromotion(report, "promote");
        assert.equal(
            text.match(/the digest is empty/g)?.length,
            1,
            "the release's own problems are said once",
        );
        assert.match(text, /staging: token: the variable CP_TOKEN is empty/);
        assert.deepEqual(
            both.map((environment) => stackFile(root, environment)),
            before,
        );
        assert.equal(stacks["staging"]?.updates, 0);
    });

    for (const [what, value, expected] of [
        ["missing", undefined, /CP_TOKEN is not set/],
        ["empty", "", /CP_TOKEN is empty/],
        ["broken over two lines", "a\nb", /has white space/],
    ] as const) {
        it(`refuses a token that is ${what}`, async () => {
            write("prod", { controlPlane });
            const report = await promoteFile(release, ["prod"], { ...world, env: { CP_TOKEN: value } });
            assert.equal(report.exitCode, 1);
            assert.match(problemsIn(report)[0]?.message ?? "", expected);
            assert.equal(stacks["prod"]?.updates, 0);
        });
    }

    it("tells the control plane of each runtime, once, and writes down when it accepted", async () => {
        write("prod", { controlPlane });
        const report = await promoteFile(release, ["prod"], world);
        assert.deepEqual(announced, [`${TOKEN} claude-code cc`, `${TOKEN} platform-agent dd`]);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.announcedAt, "2026-06-21T12:00:00.000Z");
        assert.equal(report.environments[0]?.runtimes[0]?.announcedAt, "2026-06-21T12:00:00.000Z");
        await promoteFile(release, ["prod"], world);
        assert.equal(announced.length, 2);
        assert.ok(!stackFile(root, "prod").includes(TOKEN));
        assert.ok(!JSON.stringify(report).includes(TOKEN));
    });

    it("tells the control plane the next time, of those runtimes that it did not accept", async () => {
        write("prod", { controlPlane });
        const refusing: PromotionWorld = {
            ...world,
            connectControlPlane: (_config, token) => (runtime, digest) =>
                runtime === "claude-code"
                    ? Promise.reject(new Error("answered 500"))
                    : world.connectControlPlane(controlPlane as never, token)(runtime, digest),
        };
        const report = await promoteFile(release, ["prod"], refusing);
        assert.equal(report.exitCode, 1);
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "failed",
            "platform-agent": "promoted",
        });
        const again = await promoteFile(release, ["prod"], world);
        assert.equal(again.exitCode, 0);
        assert.deepEqual(statusesOf(again, "prod"), {
            "claude-code": "promoted",
            "platform-agent": "already-current",
        });
        assert.deepEqual(announced, [`${TOKEN} platform-agent dd`, `${TOKEN} claude-code cc`]);
    });

    it("--config-only writes the pins, and says that nothing was deployed", async () => {
        const report = await promoteFile(release, ["prod"], { ...world, openStack: undefined, env: {} });
        assert.equal(report.exitCode, 0);
        assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "pinned", "platform-agent": "pinned" });
        assert.match(formatPromotion(report, "promote"), /pinned=2/);
    });

    it("fails at once while another promotion works on the same checkout", async () => {
        const before = stackFile(root, "prod");
        await withPromotionLock(root, "prod", async () => {
            const report = await promoteFile(release, both, world);
            assert.match(problemsIn(report)[0]?.message ?? "", /another promotion of "prod" is under way/);
            assert.deepEqual(statusesOf(report, "staging"), {
                "claude-code": "promoted",
                "platform-agent": "promoted",
            });
        });
        assert.equal(stackFile(root, "prod"), before);
    });

    it("names what a narrowed promotion left behind", async () => {
        const report = await promoteFile(release, ["prod"], world, { only: ["claude-code"] });
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "promoted",
            "platform-agent": "left-behind",
        });
        assert.match(
            formatPromotion(report, "promote"),
            /platform-agent +left-behind +v1 b+ +\(since 2026-06-18/,
        );
        assert.equal(pinsIn(root, "prod").get("platform-agent")?.image, OLD["platform-agent"]);
    });

    it("records the reasons of a partial promotion and of broken glass", async () => {
        await promoteFile(release, ["prod"], world, { partial: "no build", breakGlass: "outage" });
        const pin = pinsIn(root, "prod").get("claude-code");
        assert.equal(pin?.reason, "partial release: no build");
        assert.equal(pin.breakGlass, "outage");
    });

    it("prints a table that fits 100 columns, and a summary in Markdown that nothing breaks out of", async () => {
        delete stacks["prod"];
        const report = await promoteFile(release, both, world);
        const lines = formatPromotion(report, "fleet promote v2").split("\n");
        assert.ok(lines.every(({ length }) => length <= 100));
        assert.equal(lines.at(-1), "promoted=2 already-current=0 unknown=2 left-behind=0 refused=0 failed=0");
        const nasty = { ...report, environments: [{ ...report.environments[0], environment: "a|b<img>" }] };
        assert.match(formatPromotionMarkdown(nasty as never, "x"), /a\\\|b&lt;img&gt;/);
    });

    it("counts an environment of which no runtime can be named as one that was refused", () => {
        const report: PromotionReport = {
            schemaVersion: PROMOTION_REPORT_VERSION,
            environments: [{ environment: "prod", status: "refused", runtimes: [], problems: [] }],
            exitCode: 1,
        };
        assert.match(formatPromotion(report, "fleet rollback"), /prod +\(all\) +refused[\s\S]* refused=1 /);
    });
});
