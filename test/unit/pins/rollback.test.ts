import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readImage } from "../../../images/imageReference";
import { formatHistory, readHistory } from "../../../pins/history";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
import { releaseHold } from "../../../pins/releaseHold";
import { rollback } from "../../../pins/rollback";
import { writeVeto } from "../../../pins/veto/writeVeto";
import { FakeStack } from "../../support/fakeStack";
import {
    pinsIn,
    problemsIn,
    promoteFile,
    stackFile,
    statusesOf,
    writeRelease,
} from "../../support/promotionFixture";
import type { RollbackRequest } from "../../../pins/planRollback";

const RUNTIMES = ["claude-code", "platform-agent"];
const image = (runtime: string, letter: string) => `ghcr.io/genbrain/${runtime}@sha256:${letter.repeat(64)}`;
const images = (letter: string) =>
    Object.fromEntries(RUNTIMES.map((runtime) => [runtime, image(runtime, letter)]));

describe("fleet rollback", () => {
    let root: string;
    let stack: FakeStack;
    let world: PromotionWorld;
    let now: Date;

    const write = (promotion: Record<string, unknown> = {}) => {
        const pin = (runtime: string) => ({
            image: image(runtime, "0"),
            release: "v0",
            promotedAt: "2026-06-01T00:00:00Z",
        });
        const runtimes = Object.fromEntries(RUNTIMES.map((runtime) => [runtime, pin(runtime)]));
        const config = {
            "platform:kubeContext": "prod",
            "platform:runtimes": runtimes,
            "platform:promotion": promotion,
        };
        fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), stringify({ config }));
    };
    const release = async (name: string, letter: string, publishedAt: string) => {
        const file = writeRelease(path.join(root, `${name}.json`), name, images(letter), publishedAt);
        now = new Date(Date.parse(publishedAt) + 3_600_000);
        return promoteFile(file, ["prod"], world);
    };
    const back = (change: Partial<RollbackRequest> = {}) => {
        const options = {
            environments: ["prod"],
            only: undefined,
            to: undefined,
            reason: "crashes",
            by: "bob",
        };
        return rollback({ ...options, ...change }, world);
    };
    const releasesIn = () => RUNTIMES.map((runtime) => pinsIn(root, "prod").get(runtime)?.release);

    beforeEach(async () => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "rollback-"));
        fs.mkdirSync(path.join(root, "platform"));
        write();
        stack = new FakeStack(root, "prod");
        world = {
            root,
            openStack: () => Promise.resolve(stack),
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: () => () => Promise.resolve(),
            env: {},
            now: () => now,
            log: () => undefined,
        };
        assert.equal((await release("v1", "1", "2026-06-10T00:00:00Z")).exitCode, 0);
        assert.equal((await release("v2", "2", "2026-06-20T00:00:00Z")).exitCode, 0);
        now = new Date("2026-06-21T00:00:00Z");
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    it("pins the release before, deploys it, holds it, and writes down why", async () => {
        const report = await back();
        assert.equal(report.exitCode, 0);
        assert.deepEqual(statusesOf(report, "prod"), {
            "claude-code": "promoted",
            "platform-agent": "promoted",
        });
        const pin = pinsIn(root, "prod").get("claude-code");
        assert.equal(pin?.image, image("claude-code", "1"));
        assert.equal(pin.reason, "rollback: crashes");
        assert.equal(pin.promotedBy, "bob");
        assert.deepEqual(pin.hold, {
            reason: "crashes",
            by: "bob",
            since: "2026-06-21T00:00:00.000Z",
            badImage: image("claude-code", "2"),
            badRelease: "v2",
            badPublishedAt: "2026-06-20T00:00:00Z",
        });
        assert.equal(stack.deployed?.get("claude-code")?.image.digest, `sha256:${"1".repeat(64)}`);
    });

    it("holds: the next promotion is refused until release-hold", async () => {
        await back();
        const refused = await release("v3", "3", "2026-06-22T00:00:00Z");
        assert.equal(refused.exitCode, 1);
        assert.deepEqual(
            problemsIn(refused).map(({ at }) => at),
            ["prod hold", "prod hold"],
        );
        assert.deepEqual(releasesIn(), ["v1", "v1"]);

        const options = { root, environment: "prod", only: undefined, by: "ann", reason: "fixed in v3" };
        assert.deepEqual(await releaseHold(options, now), RUNTIMES);
        assert.deepEqual(await releaseHold(options, now), [], "nothing is held any more");
        assert.equal((await release("v3", "3", "2026-06-22T00:00:00Z")).exitCode, 0);
        assert.deepEqual(releasesIn(), ["v3", "v3"]);
    });

    it("holds until a newer release than the bad one, where the environment says so", async () => {
        write({ automaticHoldRelease: true });
        stack.deploy();
        await release("v1", "1", "2026-06-10T00:00:00Z");
        await release("v2", "2", "2026-06-20T00:00:00Z");
        await back();
        assert.equal((await release("v2", "2", "2026-06-20T00:00:00Z")).exitCode, 1, "the bad one again");
        assert.equal((await release("v1.1", "4", "2026-06-19T00:00:00Z")).exitCode, 1, "an older one");
        assert.equal((await release("v3", "3", "2026-06-22T00:00:00Z")).exitCode, 0);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.hold, undefined);
    });

    it("rolls back one runtime, and to a release or digest of the history", async () => {
        await release("v3", "3", "2026-06-21T00:00:00Z");
        await back({ only: ["platform-agent"], to: "v1" });
        assert.deepEqual(releasesIn(), ["v3", "v1"]);
        await back({ only: ["claude-code"], to: `sha256:${"2".repeat(64)}` });
        assert.deepEqual(releasesIn(), ["v2", "v1"]);
        const again = await back({ only: ["claude-code"], to: "v2" });
        assert.deepEqual(statusesOf(again, "prod"), { "claude-code": "already-current" });
    });

    it("goes back by itself to nothing without evidence, and says what can be named", async () => {
        write();
        stack.deploy();
        await release("v1", "1", "2026-06-10T00:00:00Z");
        const report = await back();
        assert.equal(report.exitCode, 1);
        assert.match(
            problemsIn(report)[0]?.message ?? "",
            /evidence that it passed its checks: its history has "v0"; name one that ran here, --to "v0", or --break-glass/,
        );
        assert.match(
            problemsIn(await back({ to: "v9" }))[0]?.message ?? "",
            /no earlier pin is "v9": its history has "v0"/,
        );
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
    });

    it("goes back to a pin that is named though it has no evidence: that it ran here is evidence", async () => {
        assert.equal((await back({ to: "v0" })).exitCode, 0);
        assert.deepEqual(releasesIn(), ["v0", "v0"]);
    });

    it("goes back to no pin that failed a check, named or not, but by broken glass", async () => {
        const file = path.join(root, "platform", "Pulumi.prod.yaml");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("result: passed", "result: failed"));
        assert.equal((await back({ to: "v1" })).exitCode, 1);
        assert.equal((await back({ to: "v1", breakGlass: "v2 burns" })).exitCode, 0);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.breakGlass, "v2 burns");
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
    });

    it("by broken glass passes evidence, registry and token, records it, and leaves no silence about the control plane", async () => {
        write({ controlPlane: { url: "https://cp.example.com", tokenVariable: "CP_TOKEN" } });
        stack.deploy();
        world = { ...world, env: { CP_TOKEN: "t" } };
        await release("v1", "1", "2026-06-10T00:00:00Z");
        const said: string[] = [];
        const dark: PromotionWorld = {
            ...world,
            env: {},
            registryTrouble: () => Promise.resolve({ message: "no connection", unknown: true }),
            log: (line) => said.push(line),
        };
        const options = { environments: ["prod"], only: undefined, to: undefined, reason: "x", by: "bob" };
        assert.equal((await rollback(options, dark)).exitCode, 1);
        assert.deepEqual(releasesIn(), ["v1", "v1"]);

        const report = await rollback({ ...options, breakGlass: "the registry is down" }, dark);
        assert.deepEqual(releasesIn(), ["v0", "v0"]);
        assert.equal(stack.deployed?.get("claude-code")?.release, "v0");
        assert.ok(
            said.some((line) =>
                line.startsWith("passed over (the registry is down): prod: claude-code: registry:"),
            ),
        );
        assert.equal(pinsIn(root, "prod").get("claude-code")?.breakGlass, "the registry is down");
        assert.equal(report.exitCode, 1);
        assert.match(
            problemsIn(report)[0]?.message ?? "",
            /the control plane was not told: the variable CP_TOKEN is not set/,
        );

        assert.equal((await rollback(options, world)).exitCode, 0, "told later, and rolled back no further");
        assert.deepEqual(releasesIn(), ["v0", "v0"]);
        assert.ok(pinsIn(root, "prod").get("claude-code")?.announcedAt !== undefined);
    });

    it("of one runtime is refused where its update would deploy another one's pin that was written by hand", async () => {
        const file = path.join(root, "platform", "Pulumi.prod.yaml");
        const by = image("platform-agent", "2");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(by, image("platform-agent", "9")));
        const report = await back({ only: ["claude-code"] });
        assert.deepEqual(
            problemsIn(report).map(({ at }) => at),
            ["prod others"],
        );
        assert.deepEqual(releasesIn(), ["v2", "v2"]);
    });

    it("says soaking of what is pinned back and not proven, and is finished by itself", async () => {
        stack.proven = stack.deployed;
        stack.waiting = { why: ["its soak is not over"], earliest: "2026-06-21T01:00:00Z" };
        const report = await back();
        assert.equal(report.exitCode, 1);
        assert.deepEqual(new Set(Object.values(statusesOf(report, "prod"))), new Set(["soaking"]));
        stack.duringUpdate = () => (stack.waiting = undefined);
        assert.equal((await back()).exitCode, 0);
        assert.deepEqual(releasesIn(), ["v1", "v1"], "and goes back no further");
    });

    it("is refused on a checkout that is older than what is deployed: it would hold the wrong image", async () => {
        const old = stackFile(root, "prod");
        assert.equal((await release("v3", "3", "2026-06-22T00:00:00Z")).exitCode, 0);
        fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), old);
        const report = await back();
        assert.equal(report.exitCode, 1);
        assert.deepEqual(
            problemsIn(report).map(({ at }) => at),
            ["prod deployed", "prod deployed"],
        );
        assert.match(problemsIn(report)[0]?.message ?? "", /which is newer than v2.*"git pull" first/);
        assert.equal(stackFile(root, "prod"), old);
        const named = await back({ to: "v2" });
        assert.equal(named.exitCode, 0, "what is pinned here is only deployed");
    });

    it("is already-current only where the cluster has it", async () => {
        const file = path.join(root, "platform", "Pulumi.prod.yaml");
        const fleet = { agents: [{ name: "cto", runtime: "claude-code" }] };
        fs.appendFileSync(file, `  platform:coreFleet: ${JSON.stringify(fleet)}\n`);
        const look = (letter: string): PromotionWorld => {
            const container = { name: "agent", image: readImage(image("claude-code", letter)) };
            const agents = new Map([
                [
                    "agents/agent-cto",
                    { deployment: { containers: [container], initContainers: [] } } as never,
                ],
            ]);
            return { ...world, lookAtFleet: () => Promise.resolve(agents) };
        };
        const options = { environments: ["prod"], only: ["claude-code"], to: "v2", reason: "x", by: "bob" };
        const current = await rollback(options, look("2"));
        assert.deepEqual(statusesOf(current, "prod"), { "claude-code": "already-current" });
        const { updates } = stack;
        const off = await rollback(options, look("7"));
        assert.deepEqual(statusesOf(off, "prod"), { "claude-code": "promoted" });
        assert.equal(stack.updates, updates + 1);
        assert.equal(stack.refreshes.at(-1), true);
    });

    it("goes back to no vetoed digest, whatever is broken", async () => {
        const veto = {
            digest: `sha256:${"1".repeat(64)}`,
            reason: "leaks",
            by: "ann",
            at: "2026-06-21T00:00:00Z",
        };
        writeVeto(root, veto);
        const report = await back({ to: "v1", breakGlass: "now" });
        assert.equal(report.exitCode, 1);
        assert.match(problemsIn(report)[0]?.message ?? "", /free of a veto, which nothing passes over/);
    });

    it("that is half done is not finished when its digest was vetoed meanwhile", async () => {
        await rollback(
            { environments: ["prod"], only: undefined, to: undefined, reason: "crashes", by: "bob" },
            { ...world, openStack: undefined },
        );
        const digest = `sha256:${"1".repeat(64)}`;
        writeVeto(root, { digest, reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" });
        const { updates } = stack;
        assert.deepEqual(
            problemsIn(await back()).map(({ at }) => at),
            ["prod veto", "prod veto"],
        );
        assert.equal(stack.updates, updates);
    });

    it("passes over a vetoed digest", async () => {
        await release("v3", "3", "2026-06-21T00:00:00Z");
        const veto = {
            digest: `sha256:${"2".repeat(64)}`,
            reason: "leaks",
            by: "ann",
            at: "2026-06-21T00:00:00Z",
        };
        writeVeto(root, veto);
        await back();
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
    });

    it("changes nothing when the registry has lost the image, or the update fails", async () => {
        const before = stackFile(root, "prod");
        const lost = await rollback(
            { environments: ["prod"], only: undefined, to: undefined, reason: "x", by: "bob" },
            { ...world, registryTrouble: () => Promise.resolve({ message: "it is gone" }) },
        );
        assert.deepEqual(
            problemsIn(lost).map(({ at }) => at),
            ["prod registry", "prod registry"],
        );
        stack.failWith = new Error("no cluster");
        assert.equal((await back()).exitCode, 1);
        assert.equal(stackFile(root, "prod"), before);
    });

    it("that was interrupted before the update, is finished when it is run again, and goes back no further", async () => {
        const killed = rollback(
            { environments: ["prod"], only: undefined, to: undefined, reason: "crashes", by: "bob" },
            { ...world, openStack: undefined },
        );
        assert.equal((await killed).exitCode, 0);
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
        const { updates } = stack;
        assert.equal((await back()).exitCode, 0);
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
        assert.equal(stack.updates, updates + 1);
        assert.equal(stack.deployed?.get("claude-code")?.release, "v1");
    });

    it("twice in a row goes back further, and what ends the hold must be newer than the newest bad one", async () => {
        await release("v3", "3", "2026-06-21T00:00:00Z");
        await back();
        await back();
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.hold?.badRelease, "v3");
        assert.equal((await back()).exitCode, 1, "there is nothing further back that had passed its checks");
    });

    it("never goes forward, also when the hold of the first rollback has ended", async () => {
        await release("v3", "3", "2026-06-21T00:00:00Z");
        await back();
        await releaseHold({ root, environment: "prod", only: undefined, by: "ann", reason: "x" }, now);
        await back();
        assert.deepEqual(releasesIn(), ["v1", "v1"]);
    });

    it("is in the history, with who, why, the evidence and the hold", async () => {
        await back({ only: ["claude-code"] });
        await releaseHold({ root, environment: "prod", only: undefined, by: "ann", reason: "fixed" }, now);
        const { entries } = readHistory(root, ["prod"], ["claude-code"]);
        assert.deepEqual(
            entries.map(({ release: name, by, current, reason }) => ({ name, by, current, reason })),
            [
                { name: "v1", by: "bob", current: true, reason: "rollback: crashes" },
                { name: "v2", by: "ann", current: false, reason: undefined },
                { name: "v1", by: "ann", current: false, reason: undefined },
                { name: "v0", by: undefined, current: false, reason: undefined },
            ],
        );
        assert.equal(entries[0]?.hold?.released?.by, "ann");
        assert.deepEqual(entries[1]?.evidence[0]?.name, "smoke");
        const text = formatHistory(readHistory(root, ["prod"], undefined));
        assert.match(text, /now +bob\n {4}rollback: crashes; smoke passed; held until /);
        assert.ok(text.split("\n").every(({ length }) => length <= 100));
    });
});
