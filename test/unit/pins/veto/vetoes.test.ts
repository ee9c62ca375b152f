import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { chooseAgentImages } from "../../../../config/chooseAgentImages";
import { loadStack } from "../../../../config/loadStack";
import { readStackFile } from "../../../../config/readStackFile";
import { VETOES_FILE, readVetoes } from "../../../../config/vetoes";
import { findTargets } from "../../../../fleet/stale/stackTargets";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { whoRuns } from "../../../../pins/veto/whoRuns";
import { writeVeto } from "../../../../pins/veto/writeVeto";

const BAD = `sha256:${"b".repeat(64)}`;
const NOW = new Date("2026-07-01T12:00:00Z");
const GOOD = `sha256:${"a".repeat(64)}`;
const veto = { digest: BAD, reason: "leaks: memory", by: "ann", at: "2026-06-21T00:00:00Z" };

describe("fleet veto", () => {
    let root: string;
    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "veto-"));
        fs.mkdirSync(path.join(root, "platform"));
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });
    const write = (file: string, value: unknown) => {
        fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        fs.writeFileSync(path.join(root, file), typeof value === "string" ? value : stringify(value));
    };

    it("makes the file, adds to it, and leaves people's comments", () => {
        assert.equal(readVetoes(root).byDigest.size, 0);
        writeVeto(root, veto);
        const text = fs.readFileSync(path.join(root, VETOES_FILE), "utf8");
        fs.writeFileSync(path.join(root, VETOES_FILE), `# see the incident log\n${text}`);
        writeVeto(root, { ...veto, digest: GOOD });
        const { byDigest, problems } = readVetoes(root);
        assert.deepEqual(problems, []);
        assert.deepEqual([...byDigest.keys()], [BAD, GOOD]);
        assert.deepEqual(byDigest.get(BAD), veto);
        assert.match(fs.readFileSync(path.join(root, VETOES_FILE), "utf8"), /^# see the incident log\n/);
    });

    it("that cannot be read is a problem, never the same as none", () => {
        for (const text of ["vetoes: [", "vetoes: [{ digest: latest }]", "forbidden: []"]) {
            write(VETOES_FILE, text);
            assert.ok(readVetoes(root).problems.length > 0, text);
        }
    });

    it("lists who is to run the digest: pins, core agents, and orgs by pin or override", () => {
        write("platform/Pulumi.prod.yaml", {
            config: {
                "platform:kubeContext": "prod",
                "platform:runtimes": {
                    "claude-code": { image: `ghcr.io/a/code@${BAD}` },
                    "platform-agent": { image: `ghcr.io/a/agent@${GOOD}` },
                },
                "platform:coreFleet": {
                    agents: [
                        { name: "cto", runtime: "claude-code" },
                        { name: "ceo", runtime: "platform-agent" },
                    ],
                },
            },
        });
        write("Pulumi.prod.yaml", {
            config: {
                "customer-orgs:referenceStack": "organization/platform/prod",
                "customer-orgs:orgs": "orgs/prod",
                "customer-orgs:kubeContext": "prod",
            },
        });
        const override = (digest: string) => ({
            image: `ghcr.io/a/code@${digest}`,
            owner: "bob",
            reason: "x",
            expires: "2099-01-01",
        });
        const org = (slug: string, agents: unknown[]) => {
            write(`orgs/prod/${slug}.yaml`, { slug, displayName: slug, agents });
        };
        org("acme", [
            { name: "main", runtime: "claude-code" },
            { name: "spare", runtime: "claude-code", imageOverride: override(GOOD) },
            { name: "desk", runtime: "platform-agent" },
        ]);
        org("globex", [{ name: "desk", runtime: "platform-agent", imageOverride: override(BAD) }]);

        const { runners, problems } = whoRuns(root, BAD, NOW);
        assert.deepEqual(problems, []);
        assert.deepEqual(
            runners.map(({ name, source }) => `${name} (${source})`),
            [
                "prod/claude-code (pin)",
                "prod/agent-cto (pin)",
                "prod/acme/main (pin)",
                "prod/globex/desk (override of bob)",
            ],
        );
        assert.deepEqual(whoRuns(root, `sha256:${"c".repeat(64)}`, NOW).runners, []);
    });

    const stackFile = (reference: string, more: Record<string, unknown> = {}) => ({
        config: {
            "customer-orgs:referenceStack": reference,
            "customer-orgs:orgs": "orgs/prod",
            "customer-orgs:kubeContext": "prod",
            ...more,
        },
    });
    const pin = (runtime: string, digest: string) => {
        write("platform/Pulumi.prod.yaml", {
            config: {
                "platform:kubeContext": "prod",
                "platform:runtimes": { [runtime]: { image: `ghcr.io/a/code@${digest}` } },
            },
        });
    };

    it("finds an org that follows the platform through a ring, even through rings that refer to each other", () => {
        pin("claude-code", BAD);
        write("Pulumi.canary.yaml", {
            config: {
                ...stackFile("organization/platform/prod").config,
                "customer-orgs:orgs": "orgs/canary",
            },
        });
        fs.mkdirSync(path.join(root, "orgs/canary"), { recursive: true });
        write("Pulumi.prod.yaml", stackFile("organization/customer-orgs/canary"));
        const agents = [{ name: "main", runtime: "claude-code" }];
        write("orgs/prod/acme.yaml", { slug: "acme", displayName: "Acme", agents });
        const names = () => whoRuns(root, BAD, NOW).runners.map(({ name }) => name);
        assert.deepEqual(names(), ["prod/claude-code", "prod/acme/main"]);
        write("Pulumi.canary.yaml", {
            config: {
                ...stackFile("organization/customer-orgs/prod").config,
                "customer-orgs:orgs": "orgs/canary",
            },
        });
        assert.deepEqual(names(), ["prod/claude-code"]);
    });

    it("counts an override that has expired: it holds its agent until somebody decides", () => {
        pin("claude-code", GOOD);
        write("Pulumi.prod.yaml", stackFile("organization/platform/prod"));
        const imageOverride = {
            image: `ghcr.io/a/code@${BAD}`,
            owner: "bob",
            reason: "x",
            expires: "2026-06-30",
        };
        const agents = [{ name: "main", runtime: "claude-code", imageOverride }];
        write("orgs/prod/acme.yaml", { slug: "acme", displayName: "Acme", agents });
        const { runners } = whoRuns(root, BAD, NOW);
        assert.deepEqual(
            runners.map(({ name, source }) => [name, source]),
            [["prod/acme/main", "override of bob"]],
        );
    });

    for (const runtime of ["constructor", "tostring", "claude-code"]) {
        it(`program, targets and veto take the pin alike for a runtime called "${runtime}"`, async () => {
            pin(runtime, BAD);
            write("Pulumi.prod.yaml", stackFile("organization/platform/prod"));
            const agents = [{ name: "main", runtime }];
            write("orgs/prod/acme.yaml", { slug: "acme", displayName: "Acme", agents });
            const stack = loadStack(readStackFile(root, ".", "prod"), "prod", root);
            const pins = parseRuntimeImages(
                {
                    schemaVersion: 1,
                    runtimes: { [runtime]: { image: `ghcr.io/a/code@${BAD}`, release: "v1" } },
                },
                "prod",
            );
            const [org] = await chooseAgentImages(stack, pins, { now: NOW, vetoes: new Map() });
            assert.equal(org?.agents[0]?.image.source, "pin");
            const [target] = findTargets(stack, pins, NOW);
            assert.equal(target?.chosen.ok && target.chosen.choice.source, "pin");
            const { runners, problems } = whoRuns(root, BAD, NOW);
            assert.deepEqual(problems, []);
            assert.deepEqual(
                runners.map(({ name, source }) => `${name} (${source})`),
                [`prod/${runtime} (pin)`, "prod/acme/main (pin)"],
            );
        });
    }

    it("cannot tell a tag's digest from files, nor what a pin that follows a live Deployment is", () => {
        const writePin = (pin: object) => {
            write("platform/Pulumi.prod.yaml", {
                config: { "platform:kubeContext": "prod", "platform:runtimes": { "claude-code": pin } },
            });
        };
        writePin({ image: "ghcr.io/a/code:sha-19f3175" });
        assert.match(
            whoRuns(root, BAD, NOW).problems.join(),
            /the pin of claude-code is "ghcr\.io\/a\/code:sha-19f3175": which digest that is, no file tells/,
        );
        writePin({ fromDeployment: {} });
        const { problems, untold } = whoRuns(root, BAD, NOW);
        assert.deepEqual(problems, []);
        assert.match(untold.join(), /claude-code follows a live Deployment/);
    });

    it("says what it could not read to find out", () => {
        write("platform/Pulumi.prod.yaml", "config: [");
        assert.match(whoRuns(root, BAD, NOW).problems[0] ?? "", /platform\/Pulumi\.prod\.yaml/);
    });
});
