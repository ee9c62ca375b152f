import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readImage } from "../../../images/imageReference";
import type { LiveAgents } from "../../../kube/readAgents";
import { formatPromotion } from "../../../pins/formatPromotion";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
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

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string) => `ghcr.io/genbrain/claude-code@${digest(letter)}`;
const [OLD, NEW] = [image("a"), image("b")];

describe("a promotion asks again right before it acts", () => {
    let root: string;
    let release: string;
    let stacks: Record<"staging" | "prod", FakeStack>;
    let world: PromotionWorld;
    let now: Date;
    let announced: string[];
    /** What the core fleet's one Deployment has; follows the stack until it is set. */
    let live: string | Error | undefined;
    /** What its boot gate has; none where it is not set. */
    let gate: string | undefined;

    const write = (
        environment: string,
        promotion: Record<string, unknown> = {},
        pin: Record<string, unknown> = {},
    ) => {
        const before = { image: OLD, release: "v1", promotedAt: "2026-06-18T00:00:00Z", ...pin };
        const config = {
            "platform:kubeContext": environment,
            "platform:runtimes": { "claude-code": before },
            "platform:coreFleet": { agents: [{ name: "cto", runtime: "claude-code" }] },
            "platform:promotion": promotion,
        };
        fs.writeFileSync(path.join(root, "platform", `Pulumi.${environment}.yaml`), stringify({ config }));
    };
    const veto = (letter: string) => {
        writeVeto(root, { digest: digest(letter), reason: "leaks", by: "ann", at: "2026-06-21T12:10:00Z" });
    };
    const agents = (text: string): LiveAgents =>
        new Map([
            [
                "agents/agent-cto",
                {
                    deployment: {
                        containers: text === "" ? [] : [{ name: "agent", image: readImage(text) }],
                        initContainers:
                            gate === undefined ? [] : [{ name: "boot-gate", image: readImage(gate) }],
                    },
                } as never,
            ],
        ]);
    const controlPlane = { url: "https://cp.example.com", tokenVariable: "CP_TOKEN" };
    const freeze = [
        {
            rrule: "FREQ=DAILY;BYHOUR=15;BYMINUTE=0;BYSECOND=0",
            duration: "PT2H",
            timezone: "UTC",
            reason: "afternoon",
        },
    ];

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "check-and-act-"));
        fs.mkdirSync(path.join(root, "platform"));
        write("staging");
        write("prod");
        release = writeRelease(path.join(root, "v2.json"), "v2", { "claude-code": NEW });
        stacks = { staging: new FakeStack(root, "staging"), prod: new FakeStack(root, "prod") };
        announced = [];
        live = undefined;
        gate = undefined;
        now = new Date("2026-06-21T14:50:00Z");
        world = {
            root,
            openStack: (name) => Promise.resolve(stacks[name as "prod"]),
            lookAtFleet: ({ name }) => {
                const pins = stacks[name as "prod"].deployed;
                return live instanceof Error
                    ? Promise.reject(live)
                    : Promise.resolve(
                          agents(
                              live ??
                                  `ghcr.io/genbrain/claude-code@${pins?.get("claude-code")?.image.digest ?? ""}`,
                          ),
                      );
            },
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: () => (runtime, told) => {
                announced.push(`${runtime} ${told.slice(7, 9)}`);
                return Promise.resolve();
            },
            env: { CP_TOKEN: "t" },
            now: () => now,
            log: () => undefined,
        };
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });
    const promote = (change: Parameters<typeof promoteFile>[3] = {}, environments = ["prod"]) =>
        promoteFile(release, environments, world, change);

    describe("of a second environment, after the first one's update", () => {
        const during = async (act: () => void) => {
            stacks.staging.duringUpdate = act;
            const report = await promote({}, ["staging", "prod"]);
            assert.deepEqual(statusesOf(report, "staging"), { "claude-code": "promoted" });
            return report;
        };
        const refused = async (act: () => void, check: string) => {
            const report = await during(act);
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "refused" });
            assert.deepEqual(
                problemsIn(report).map(({ at }) => at),
                [`prod ${check}`],
            );
            assert.equal(report.exitCode, 1);
            assert.equal(stacks.prod.updates, 0);
        };

        it("meets a freeze window that began meanwhile", async () => {
            write("prod", { freeze });
            await refused(() => (now = new Date("2026-06-21T15:20:00Z")), "freeze");
        });
        it("meets a veto that was spoken meanwhile", async () => {
            await refused(() => {
                veto("b");
            }, "veto");
        });
        it("meets a newer release that was promoted meanwhile", async () => {
            await refused(() => {
                write("prod", {}, { image: image("c"), publishedAt: "2026-06-21T13:00:00Z" });
                stacks.prod.deploy();
            }, "order");
        });
        it("meets a rollback's hold that was set meanwhile", async () => {
            const hold = { reason: "crashes", by: "bob", since: "2026-06-21T15:00:00Z", badImage: NEW };
            await refused(() => {
                write("prod", {}, { hold });
            }, "hold");
        });
        it("meets another checkout's update of the same stack", async () => {
            await refused(() => {
                const before = stackFile(root, "prod");
                write("prod", {}, { image: image("c"), promotedAt: "2026-06-21T15:00:00Z" });
                stacks.prod.deploy();
                fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), before);
            }, "deployed");
        });
        it("has nothing left to do where somebody promoted the same meanwhile", async () => {
            const report = await during(() => {
                write("prod", {}, { image: NEW, release: "v2" });
                stacks.prod.deploy();
            });
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "already-current" });
            assert.equal(report.exitCode, 0);
        });
        it("goes on where nothing of that happened", async () => {
            const report = await during(() => undefined);
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "promoted" });
        });
    });

    it("tells no control plane of a digest that was vetoed during the update", async () => {
        write("prod", { controlPlane });
        stacks.prod.duringUpdate = () => {
            veto("b");
        };
        const report = await promote();
        assert.deepEqual(
            problemsIn(report).map(({ at }) => at),
            ["prod veto"],
        );
        assert.deepEqual(announced, []);
    });

    describe("what is pinned and deployed, and not announced", () => {
        beforeEach(async () => {
            write("prod", { controlPlane, freeze });
            const down: PromotionWorld = {
                ...world,
                connectControlPlane: () => () => Promise.reject(new Error("answered 500")),
            };
            assert.equal((await promoteFile(release, ["prod"], down)).exitCode, 1);
            now = new Date("2026-06-21T15:20:00Z");
        });

        it("is finished in a freeze window, without an update and with the registry down", async () => {
            world = {
                ...world,
                registryTrouble: () => Promise.resolve({ message: "no connection", unknown: true }),
            };
            const report = await promote({ breakGlass: "customers wait" });
            assert.equal(report.exitCode, 0, formatPromotion(report, ""));
            assert.deepEqual(announced, ["claude-code bb"]);
            assert.equal(stacks.prod.updates, 1);
            const pin = pinsIn(root, "prod").get("claude-code");
            assert.equal(pin?.announcedAt, "2026-06-21T15:20:00.000Z");
            assert.equal(pin.breakGlass, "customers wait", "broken glass is recorded there too");
        });
        it("is not finished with a digest that was vetoed meanwhile, nor without the token", async () => {
            world = { ...world, env: {} };
            veto("b");
            assert.deepEqual(
                problemsIn(await promote())
                    .map(({ at }) => at)
                    .sort(),
                ["prod token", "prod veto"],
            );
            assert.deepEqual(announced, []);
        });
        it("is announced again when that is asked for, and only then", async () => {
            await promote();
            await promote();
            assert.equal(announced.length, 1);
            assert.equal((await promote({ announceAgain: true })).exitCode, 0);
            assert.equal(announced.length, 2);
        });
    });

    it("checks the control plane's file of authorities before anything is changed", async () => {
        write("prod", { controlPlane: { ...controlPlane, caFile: "missing.pem" } });
        const report = await promote();
        assert.match(problemsIn(report)[0]?.message ?? "", /caFile: "missing.pem": cannot be read/);
        assert.equal(stacks.prod.updates, 0);
    });

    describe("a pin that is deployed and not proven", () => {
        const wait = (waiting: FakeStack["waiting"]) => {
            stacks.prod.proven = stacks.prod.deployed;
            stacks.prod.waiting = waiting;
        };

        it("is soaking, and neither promoted nor failed, is told to nobody, and is proven by a later run", async () => {
            write("prod", { controlPlane });
            wait({ why: ["its soak of 30m is not over"], earliest: "2026-06-21T15:20:00Z" });
            const report = await promote();
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "soaking" });
            assert.equal(report.exitCode, 1);
            assert.deepEqual(problemsIn(report), []);
            assert.deepEqual(announced, []);
            assert.equal(pinsIn(root, "prod").get("claude-code")?.deployedAt, undefined);
            assert.match(
                formatPromotion(report, "x"),
                /Not proven yet:\n {2}- prod: claude-code: it is deployed, and proven at 2026-06-21T15:20:00Z at the earliest.*exports "v1"/,
            );
            assert.match(formatPromotion(report, "x"), / soaking=1 /);

            stacks.prod.waiting = undefined;
            const later = await promote();
            assert.deepEqual(statusesOf(later, "prod"), { "claude-code": "promoted" });
            assert.deepEqual(announced, ["claude-code bb"]);
        });
        it("is unproven where more than time is missing", async () => {
            wait({ why: ["0 agents really run it, expected at least 1"] });
            const report = await promote();
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "unproven" });
            assert.equal(report.exitCode, 1);
        });
    });

    describe("what the cluster has", () => {
        it("is put back by the same promotion, though file and stack say that it is there", async () => {
            await promote();
            live = image("c");
            stacks.prod.duringUpdate = () => (live = undefined);
            const report = await promote();
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "promoted" });
            assert.deepEqual(
                stacks.prod.refreshes,
                [false, true],
                "the state would say that nothing is to be done",
            );
            assert.deepEqual(statusesOf(await promote(), "prod"), { "claude-code": "already-current" });
        });
        it("is off where a boot gate has stayed on the image before, or there is no agent at all", async () => {
            await promote();
            gate = OLD;
            const { prod } = stacks;
            prod.duringUpdate = () => (gate = NEW);
            assert.deepEqual(statusesOf(await promote(), "prod"), { "claude-code": "promoted" });
            assert.deepEqual(prod.refreshes, [false, true]);
            assert.deepEqual(statusesOf(await promote(), "prod"), { "claude-code": "already-current" });
            live = "";
            prod.duringUpdate = undefined;
            await promote();
            assert.deepEqual(prod.refreshes, [false, true, true]);
        });
        it("is unknown where it cannot be read, and then nothing is current", async () => {
            await promote();
            live = new Error("connection refused");
            const report = await promote();
            assert.equal(report.exitCode, 2);
            assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "unknown" });
            assert.match(
                problemsIn(report)[0]?.message ?? "",
                /really has cannot be read: connection refused/,
            );
        });
        it("is put back too when an update fails after it has changed it", async () => {
            const before = stackFile(root, "prod");
            const { prod } = stacks;
            prod.failWith = new Error("the rollout did not finish");
            prod.duringUpdate = () => {
                live = prod.updates === 0 ? NEW : OLD;
                prod.failWith = prod.updates === 0 ? prod.failWith : undefined;
            };
            const report = await promote();
            assert.equal(stackFile(root, "prod"), before);
            assert.deepEqual(prod.refreshes, [false, true]);
            assert.match(
                problemsIn(report)[0]?.message ?? "",
                /as it was before; the core fleet is on its pins$/,
            );
        });
        it("is named with the command that puts it back, after an interruption and where that fails", async () => {
            const { prod } = stacks;
            prod.failWith = new Error("no");
            prod.duringUpdate = () => (live = NEW);
            const off =
                /these are not on their pins, and "pulumi -C platform up --refresh --stack prod" puts them back:\n {2}- agents\/agent-cto: the container "agent" has ".*b", expected ".*a"/;
            assert.match(problemsIn(await promote())[0]?.message ?? "", off);
            assert.equal(prod.updates, 2);

            live = undefined;
            const controller = new AbortController();
            prod.duringUpdate = () => {
                live = NEW;
                controller.abort(new Error("interrupted by SIGINT"));
            };
            world = { ...world, signal: controller.signal };
            assert.match(problemsIn(await promote())[0]?.message ?? "", off);
            assert.equal(prod.updates, 3, "nothing is begun after an interruption");
        });
    });

    it("deploys to a stack that was never deployed what its file has already", async () => {
        write("prod", {}, { image: NEW, release: "v2" });
        stacks.prod.deployed = undefined;
        const report = await promote();
        assert.deepEqual(statusesOf(report, "prod"), { "claude-code": "promoted" });
        assert.equal(stacks.prod.updates, 1);
    });
});
