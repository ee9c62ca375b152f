import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { formatHistory, readHistory } from "../../../pins/history";
import { formatPromotion } from "../../../pins/formatPromotion";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
import { promoteOrQueue, promoteQueued } from "../../../pins/queue";
import { readRelease } from "../../../pins/release/release";
import { releaseHold } from "../../../pins/releaseHold";
import { writeVeto } from "../../../pins/veto/writeVeto";
import { FakeStack } from "../../support/fakeStack";
import { pinsIn, problemsIn, stackFile, statusesOf, writeRelease } from "../../support/promotionFixture";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string) => `ghcr.io/genbrain/claude-code@${digest(letter)}`;
const SATURDAY = new Date("2026-06-20T12:00:00Z");
const MONDAY = new Date("2026-06-22T12:00:00Z");
const freeze = [
    {
        rrule: "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0;BYSECOND=0",
        duration: "P2DT15H",
        timezone: "Europe/Berlin",
        reason: "weekend",
    },
];

describe("a queue of promotions", () => {
    let root: string;
    let stack: FakeStack;
    let world: PromotionWorld;
    let now: Date;

    const write = (environment: string, promotion: object, pin: object = {}) => {
        const before = { image: image("a"), release: "v1", promotedAt: "2026-06-18T00:00:00Z", ...pin };
        const config = {
            "platform:kubeContext": environment,
            "platform:runtimes": { "claude-code": before },
            "platform:promotion": promotion,
        };
        fs.writeFileSync(
            path.join(root, "platform", `Pulumi.${environment}.yaml`),
            `# by hand\n${stringify({ config })}`,
        );
    };
    const release = (name: string, letter: string, publishedAt: string) =>
        writeRelease(
            path.join(root, "releases", `${name}.json`),
            name,
            { "claude-code": image(letter) },
            publishedAt,
        );
    const promote = (name: string, whenAllowed = true, environments = ["prod"]) => {
        const file = path.join(root, "releases", `${name}.json`);
        return promoteOrQueue(
            { parsed: readRelease(file), environments, by: "ann", whenAllowed },
            file,
            world,
        );
    };
    const goOn = () => promoteQueued({ environments: ["prod"], by: "cron" }, world);
    const queued = () => readHistory(root, ["prod"], undefined).queued[0];

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "queue-"));
        fs.mkdirSync(path.join(root, "platform"));
        fs.mkdirSync(path.join(root, "releases"));
        write("prod", { freeze });
        release("v2", "b", "2026-06-19T10:00:00Z");
        release("v3", "c", "2026-06-20T10:00:00Z");
        stack = new FakeStack(root, "prod");
        now = SATURDAY;
        world = {
            root,
            openStack: () => Promise.resolve(stack),
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: () => () => Promise.resolve(),
            env: {},
            now: () => now,
            log: () => undefined,
        };
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    it("takes what a freeze window keeps back, says until when, and ends with an exit code of its own", async () => {
        const report = await promote("v2");
        assert.equal(report.exitCode, 3);
        assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "waiting" });
        assert.match(
            formatPromotion(report, "x"),
            /Queued, and waiting for:\n {2}- prod: claude-code: frozen until 2026-06-22T06:00:00\+02:00: weekend\n/,
        );
        assert.equal(stack.updates, 0);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.image, image("a"));
        assert.match(stackFile(root, "prod"), /^# by hand\n/);
        assert.deepEqual(
            [queued()?.release, queued()?.file, queued()?.by, queued()?.since],
            ["v2", "releases/v2.json", "ann", SATURDAY.toISOString()],
        );
    });

    it("goes on by itself when it may, and the history says how it came", async () => {
        await promote("v2");
        const before = stackFile(root, "prod");
        assert.equal((await goOn()).exitCode, 3, "still frozen");
        assert.equal(stackFile(root, "prod"), before, "and nothing is written again");
        now = MONDAY;
        const report = await goOn();
        assert.equal(report.exitCode, 0);
        assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "promoted" });
        assert.equal(queued(), undefined);
        const pin = pinsIn(root, "prod").get("claude-code");
        assert.deepEqual([pin?.release, pin?.promotedBy], ["v2", "cron"]);
        assert.equal(pin?.reason, "queued by ann since 2026-06-20T12:00:00.000Z");
        const again = await goOn();
        assert.deepEqual([again.exitCode, again.environments[0]?.status], [0, "nothing-queued"]);
    });

    it("keeps the newer of two, refuses the older one after it, and the history says whose place it took", async () => {
        await promote("v2");
        assert.equal((await promote("v3")).exitCode, 3);
        assert.deepEqual(queued()?.insteadOf, [{ release: "v2", by: "ann", since: SATURDAY.toISOString() }]);
        const history = () => formatHistory(readHistory(root, ["prod"], undefined), 200);
        assert.match(
            history(),
            /prod: "v3" waits, queued by ann since .*, in place of "v2" \(queued by ann since/,
        );
        const older = await promote("v2");
        assert.equal(older.exitCode, 1);
        assert.match(problemsIn(older)[0]?.message ?? "", /"v3" is queued by ann .* and was published later/);
        assert.equal(queued()?.release, "v3");
        now = MONDAY;
        assert.equal((await goOn()).exitCode, 0);
        assert.equal(pinsIn(root, "prod").get("claude-code")?.image, image("c"));
        assert.match(history(), /in place of "v2"/);
    });

    it("lets go of what a newer release has overtaken", async () => {
        await promote("v2");
        now = MONDAY;
        assert.equal((await promote("v3", false)).exitCode, 0);
        assert.equal(queued(), undefined);
        assert.equal((await goOn()).environments[0]?.status, "nothing-queued");
    });

    it("waits for a soak until its time, and for the end of a hold", async () => {
        now = MONDAY;
        const promotedAt = "2026-06-22T02:00:00Z";
        write("staging", {}, { image: image("b"), release: "v2", promotedAt, deployedAt: promotedAt });
        const hold = { reason: "crashes", by: "bob", since: "2026-06-18T00:00:00Z", badImage: image("d") };
        write("prod", { soak: { environment: "staging", hours: 24 } }, { hold });
        const report = await promote("v2");
        assert.equal(report.exitCode, 3);
        const waits = report.environments[0]?.runtimes[0]?.waitingFor ?? "";
        assert.match(waits, /the end of the hold: held by bob since .*: crashes/);
        assert.match(waits, /24 h in staging, until 2026-06-23T02:00:00\.000Z/);
        now = new Date("2026-06-23T03:00:00Z");
        assert.equal((await goOn()).exitCode, 3, "it is held still");
        await releaseHold({ root, environment: "prod", only: undefined, by: "bob", reason: undefined }, now);
        assert.equal((await goOn()).exitCode, 0);
    });

    it("is not for what waiting does not mend, nor without being asked", async () => {
        assert.equal((await promote("v2", false)).exitCode, 1);
        assert.equal(queued(), undefined);
        writeVeto(root, { digest: digest("b"), reason: "leaks", by: "bob", at: "2026-06-20T00:00:00Z" });
        const report = await promote("v2");
        assert.deepEqual([report.exitCode, report.environments[0]?.status], [1, "refused"]);
        assert.equal(queued(), undefined);
    });

    it("asks every check again when its time has come: a veto that came meanwhile is refused, and stays red", async () => {
        await promote("v2");
        writeVeto(root, { digest: digest("b"), reason: "leaks", by: "bob", at: "2026-06-21T00:00:00Z" });
        now = MONDAY;
        assert.equal((await goOn()).exitCode, 1);
        assert.equal((await goOn()).exitCode, 1, "until somebody decides");
        assert.equal(stack.updates, 0);
    });

    it("keeps what could not be found out, with exit code 2", async () => {
        await promote("v2");
        now = MONDAY;
        const reachable = world;
        world = { ...world, openStack: () => Promise.reject(new Error("no engine")) };
        assert.equal((await goOn()).exitCode, 2);
        world = reachable;
        assert.equal((await goOn()).exitCode, 0);
    });

    it("does not try a rollout that failed again by itself, and says so", async () => {
        await promote("v2");
        now = MONDAY;
        stack.failWith = new Error("the rollout did not finish");
        const report = await goOn();
        assert.equal(report.exitCode, 1);
        assert.match(
            problemsIn(report).at(-1)?.message ?? "",
            /"v2" is queued no more, since it failed; "fleet promote/,
        );
        assert.equal((await goOn()).environments[0]?.status, "nothing-queued");
    });

    it("finishes what was interrupted", async () => {
        await promote("v2");
        now = MONDAY;
        const controller = new AbortController();
        stack.failWith = new Error("interrupted");
        stack.duringUpdate = () => {
            controller.abort(new Error("interrupted by SIGTERM"));
        };
        const reachable = world;
        world = { ...world, signal: controller.signal };
        assert.equal((await goOn()).exitCode, 1);
        world = reachable;
        stack.failWith = undefined;
        stack.duringUpdate = undefined;
        assert.deepEqual(statusesOf(await goOn(), "prod"), { "claude-code": "promoted" });
    });

    it("wants a release of the checkout: another run reads it", async () => {
        const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "elsewhere-"));
        const file = writeRelease(path.join(elsewhere, "v2.json"), "v2", { "claude-code": image("b") });
        const promotion = { parsed: readRelease(file), environments: ["prod"], by: "ann", whenAllowed: true };
        await assert.rejects(promoteOrQueue(promotion, file, world), /expected a release of the checkout/);
        fs.rmSync(elsewhere, { recursive: true });
    });
});
