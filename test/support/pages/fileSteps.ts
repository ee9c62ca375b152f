import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Images, type PageProject, type PageStep, daysAgo } from "./pageProject";

const RELEASE =
    "npx fleet release add --release v0.3.44 --file releases/v0.3.44.json --runtime claude-code --image ghcr.io/genbrain/claude-code:sha-2d60774 ";
const EVIDENCE = " --git-sha 2d60774 --evidence smoke=passed:https://ci.example.com/runs/4823";

let published: { readonly old: Images; readonly next: Images; readonly last: Images } | undefined;

/** Three releases, the two environments on the first one; once. */
async function releases(project: PageProject) {
    if (published === undefined) {
        const old = await project.publish("v0.3.43", daysAgo(20));
        const next = await project.publish("v0.3.44", daysAgo(4));
        const last = await project.publish("v0.3.45", daysAgo(0.1));
        published = { old, next, last };
    }
    return published;
}

const deployment = (image: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { template: { spec: { containers: [{ name: "web", image }] } } },
});

/** The pages' commands that want neither an engine nor a cluster, in an order in which one leads to the other. */
export const FILE_STEPS: readonly PageStep[] = [
    { command: "npx fleet exceptions", prints: /^expired=0 endless=0 ending=0 standing=0$/m },
    { command: "npx fleet check", prints: /^4\d objects checked, 0 mandatory, 0 advisory\.$/m },
    { command: "npx fleet check --stack prod", prints: /^2\d objects checked, 0 mandatory/m },
    {
        command: "npx fleet check --stack prod --sarif > policy.sarif",
        prints: /^/,
        check: (project) => {
            assert.match(project.read("policy.sarif"), /^\{[\s\S]*"version": "2\.1\.0"/);
        },
    },
    {
        command: "npx fleet check -f manifests.yaml",
        prepare: (project) => {
            project.write(
                "manifests.yaml",
                deployment(`${project.registry.host}/genbrain/claude-code@${project.digest}`),
            );
        },
        prints: /^1 object checked, 0 mandatory/m,
    },
    {
        command: "npx fleet check -f k8s/",
        prepare: (project) => {
            project.write(
                "k8s/web.yaml",
                deployment(`${project.registry.host}/genbrain/claude-code@${project.digest}`),
            );
        },
        prints: /^1 object checked, 0 mandatory/m,
    },
    {
        command: "npx fleet check -f k8s/ --fix > digests.diff",
        exitCode: 1,
        prepare: async (project) => {
            await releases(project);
            project.write(
                "k8s/web.yaml",
                deployment(`${project.registry.host}/genbrain/claude-code:v0.3.43`),
            );
        },
        prints: /^/,
        check: (project) => {
            assert.match(project.read("digests.diff"), /^\+ .*:v0\.3\.43@sha256:/m);
            assert.doesNotMatch(project.read("k8s/web.yaml"), /sha256/);
        },
    },
    {
        command: "npx fleet check -f k8s/ --fix --write",
        prints: /web\.yaml/,
        check: (project) => {
            assert.match(project.read("k8s/web.yaml"), /:v0\.3\.43@sha256:/);
        },
    },
    {
        command: "npx fleet render --stack prod --out manifests/",
        prints: /^rendered \d+ objects of stack "prod" into \d+ files in manifests\/$/m,
        check: (project) => {
            assert.match(project.read("manifests/org-acme.yaml"), /kind: Deployment/);
        },
    },
    {
        command: `${RELEASE}--digest "$DIGEST"${EVIDENCE}`,
        prints: /^releases\/v0\.3\.44\.json: claude-code added$/m,
        prepare: async (project) => {
            const { next } = await releases(project);
            fs.rmSync(path.join(project.workspace.directory, "releases/v0.3.44.json"));
            project.digest = next["claude-code"].slice(-71);
        },
    },
    {
        command: `${RELEASE}--digest sha256:short${EVIDENCE}`,
        exitCode: 2,
        prints: /^ {2}- digest: "sha256:short": the sha256 digest has 5 characters/m,
    },
    {
        command: "npx fleet coverage",
        exitCode: 1,
        prepare: async (project) => {
            const { old, next } = await releases(project);
            await project.publish("v0.3.44", daysAgo(4));
            project.pin("prod", "v0.3.43", { ...old, "claude-code": next["claude-code"] });
            project.pin("staging", "v0.3.43", old);
        },
        prints: /^prod +platform-agent +forgotten +v0\.3\.43/m,
    },
    {
        command: "npx fleet coverage --env prod --outputs prod-canary=canary.json",
        exitCode: 1,
        prepare: (project) => {
            const settings = (reference: string, orgs: string) => ({
                "customer-orgs:referenceStack": reference,
                "customer-orgs:orgs": orgs,
                "customer-orgs:kubeContext": "prod",
            });
            const { workspace } = project;
            workspace.writeSettings(
                "customer-orgs",
                "prod-canary",
                settings("organization/platform/prod", "orgs/prod-canary"),
            );
            workspace.writeSettings(
                "customer-orgs",
                "prod",
                settings("organization/customer-orgs/prod-canary", "orgs/prod"),
            );
            workspace.writeOrg("prod-canary", "dogfood", {
                slug: "dogfood",
                displayName: "Our own",
                agents: [{ name: "coder", runtime: "claude-code" }],
            });
            project.write(
                "canary.json",
                JSON.stringify({ runtimeImages: { schemaVersion: 1, runtimes: {} } }),
            );
        },
        prints: /^prod-canary +platform-agent +nobody/m,
    },
    {
        command: "npx fleet coverage --registry-tag latest",
        exitCode: 1,
        prepare: async (project) => {
            const { last } = await releases(project);
            project.pin("prod", "v0.3.45", last);
            project.pin("staging", "v0.3.45", last);
            await project.registry.push("genbrain/claude-code", "latest", "claude-code v0.3.45");
            await project.registry.push("genbrain/molecule-platform-agent", "latest", "pushed by hand");
        },
        prints: /which no release names: it was pushed, and nothing can promote it/,
    },
    {
        command: "npx fleet promote --release releases/v0.3.45.json --env staging --env prod --config-only",
        exitCode: 1,
        prepare: async (project) => {
            const { next } = await releases(project);
            project.pin("staging", "v0.3.44", next);
            project.pin("prod", "v0.3.44", next, {
                "platform:promotion": { soak: { environment: "staging", hours: 24 } },
            });
        },
        prints: /^promoted=0 already-current=0 pinned=2 left-behind=0 refused=2 failed=0$/m,
    },
    {
        command: 'npx fleet rollback --env prod --reason "agents lose their session" --config-only',
        prepare: async (project) => {
            const { next, last } = await releases(project);
            project.pin("prod", "v0.3.45", last, {}, ["v0.3.44", next]);
        },
        prints: /^promoted=0 already-current=0 pinned=2 left-behind=0 refused=0 failed=0$/m,
    },
    {
        command: "npx fleet history --env prod --runtime claude-code",
        prints: /rollback: agents lose their session/,
    },
    {
        command: 'npx fleet release-hold --env prod --reason "v0.3.46 has the fix"',
        prints: /^prod: released claude-code, platform-agent$/m,
    },
    {
        command:
            'npx fleet hold acme/coder --stack prod --to v0.3.44 --until "$UNTIL" --reason "Ticket 4711: waits for the fix of the MCP timeout" --owner support@genbrain.example',
        prints: /^hold acme\/coder on v0\.3\.44 until \d{4}-\d\d-\d\d: written$/m,
        check: (project) => {
            assert.match(project.read("orgs/prod/acme.yaml"), /owner: support@genbrain\.example/);
        },
    },
    {
        command:
            "npx fleet explain acme/coder --stack prod --no-engine --no-cluster --outputs prod=prod.json --reference reference.json",
        exitCode: 1,
        prepare: async (project) => {
            const { old, last } = await releases(project);
            const runtime = "claude-code";
            const coder = { image: old[runtime], source: "pin", runtime, release: "v0.3.43" };
            const pin = { image: last[runtime], release: "v0.3.45", promotedAt: daysAgo(0.1).toISOString() };
            const runtimeImages = {
                schemaVersion: 1,
                runtimes: { [runtime]: pin, "platform-agent": { ...pin, image: last["platform-agent"] } },
            };
            project.write("prod.json", JSON.stringify({ agents: { acme: { coder } } }));
            project.write("reference.json", JSON.stringify({ runtimeImages }));
        },
        prints: /^acme\/coder: stale, claude-code$[\s\S]* {2}because +an override holds it on\s[\s\S]*\(orgs\/prod\/acme\.yaml:\d+\)$/m,
    },
    {
        command:
            'npx fleet pause --stack prod-03 --reason "customers of eu-3 report lost sessions" --until "$MONDAY"',
        prepare: (project) => {
            project.write("Pulumi.prod-03.yaml", project.read("Pulumi.prod-canary.yaml"));
        },
        prints: /^Pulumi\.prod-03\.yaml: paused until \d{4}-\d\d-\d\d by ann: customers of eu-3/m,
    },
];
