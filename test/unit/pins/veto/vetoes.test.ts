import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { VETOES_FILE, readVetoes } from "../../../../config/vetoes";
import { whoRuns } from "../../../../pins/veto/whoRuns";
import { writeVeto } from "../../../../pins/veto/writeVeto";

const BAD = `sha256:${"b".repeat(64)}`;
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

        const { runners, problems } = whoRuns(root, BAD);
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
        assert.deepEqual(whoRuns(root, `sha256:${"c".repeat(64)}`).runners, []);
    });

    it("says what it could not read to find out", () => {
        write("platform/Pulumi.prod.yaml", "config: [");
        assert.match(whoRuns(root, BAD).problems[0] ?? "", /platform\/Pulumi\.prod\.yaml/);
    });
});
