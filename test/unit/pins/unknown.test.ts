import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
import { writeVeto } from "../../../pins/veto/writeVeto";
import { FakeStack } from "../../support/fakeStack";
import { problemsIn, promoteFile, stackFile, statusesOf, writeRelease } from "../../support/promotionFixture";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string) => `ghcr.io/genbrain/claude-code@${digest(letter)}`;

describe("what a promotion could not find out", () => {
    let root: string;
    let release: string;
    let stacks: Record<string, FakeStack>;
    let world: PromotionWorld;

    const write = (environment: string, promotion: object, pin: object) => {
        const config = {
            "platform:kubeContext": environment,
            "platform:runtimes": {
                "claude-code": { release: "v1", promotedAt: "2026-06-18T00:00:00Z", ...pin },
            },
            "platform:promotion": promotion,
            "platform:coreFleet": { agents: [{ name: "cto", runtime: "claude-code" }] },
        };
        fs.writeFileSync(path.join(root, "platform", `Pulumi.${environment}.yaml`), stringify({ config }));
    };

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "unknown-"));
        fs.mkdirSync(path.join(root, "platform"));
        const promotedAt = "2026-06-20T00:00:00Z";
        write("staging", {}, { image: image("b"), release: "v2", promotedAt, deployedAt: promotedAt });
        write("prod", { soak: { environment: "staging", hours: 24 } }, { image: image("a") });
        release = writeRelease(path.join(root, "v2.json"), "v2", { "claude-code": image("b") });
        stacks = { staging: new FakeStack(root, "staging"), prod: new FakeStack(root, "prod") };
        world = {
            root,
            openStack: (name) =>
                stacks[name] === undefined
                    ? Promise.reject(new Error("no stack"))
                    : Promise.resolve(stacks[name]),
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: () => () => Promise.resolve(),
            env: {},
            now: () => new Date("2026-06-21T12:00:00Z"),
            log: () => undefined,
        };
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    it("nothing: then it is promoted", async () => {
        assert.equal((await promoteFile(release, ["prod"], world)).exitCode, 0);
    });

    const forget = (name: string) => {
        stacks = Object.fromEntries(Object.entries(stacks).filter(([each]) => each !== name));
    };
    const cases: Readonly<Record<string, readonly [at: string, make: () => void]>> = {
        "the environment's file": [
            "prod config",
            () => {
                fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), "{");
            },
        ],
        "the vetoes": [
            "prod config",
            () => {
                fs.writeFileSync(path.join(root, "platform", "vetoes.yaml"), "{");
            },
        ],
        "the stack": [
            "prod engine",
            () => {
                forget("prod");
            },
        ],
        "the registry": [
            "prod registry",
            () => {
                const trouble = { message: "no connection", unknown: true } as const;
                world = { ...world, registryTrouble: () => Promise.resolve(trouble) };
            },
        ],
        "the core fleet": [
            "prod cluster",
            () => {
                world = { ...world, lookAtFleet: () => Promise.reject(new Error("no route to host")) };
            },
        ],
        "the file of the environment where it soaks": [
            "prod soak",
            () => {
                fs.rmSync(path.join(root, "platform", "Pulumi.staging.yaml"));
            },
        ],
        "the stack where it soaks, which alone says that it was deployed": [
            "prod soak",
            () => {
                write(
                    "staging",
                    {},
                    { image: image("b"), release: "v2", promotedAt: "2026-06-20T00:00:00Z" },
                );
                forget("staging");
            },
        ],
    };
    for (const [what, [at, make]] of Object.entries(cases)) {
        it(`is unknown, not refused and not failed, with exit code 2 and nothing changed: ${what}`, async () => {
            const before = stackFile(root, "prod");
            make();
            const report = await promoteFile(release, ["prod"], world);
            assert.deepEqual([report.exitCode, report.environments[0]?.status], [2, "unknown"]);
            assert.deepEqual([...new Set(problemsIn(report).map((problem) => problem.at))], [at]);
            assert.ok(Object.values(statusesOf(report, "prod")).every((status) => status === "unknown"));
            assert.equal(stacks["prod"]?.updates ?? 0, 0);
            if (what !== "the environment's file") {
                assert.equal(stackFile(root, "prod"), before);
            }
        });
    }

    it("leaves it refused, with exit code 1, where a rule is known to forbid it besides", async () => {
        writeVeto(root, { digest: digest("b"), reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" });
        forget("prod");
        const report = await promoteFile(release, ["prod"], world);
        assert.deepEqual([report.exitCode, report.environments[0]?.status], [1, "refused"]);
    });

    it("of one environment does not hide that another one is refused", async () => {
        forget("staging");
        write("prod", { requiredEvidence: ["scan"] }, { image: image("a") });
        const report = await promoteFile(release, ["staging", "prod"], world);
        assert.deepEqual(
            [report.exitCode, ...report.environments.map(({ status }) => status)],
            [1, "unknown", "refused"],
        );
    });
});
