import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { connectKube } from "../../../kube/kubeClient";
import { makeOrg, settledAgents } from "../handMadeOrgs";
import { type Images, type PageProject, type PageStep, daysAgo } from "./pageProject";

const PACK = "--policy-pack policy --policy-pack-config policy/config/prod.json";

let running: Images | undefined;

/** What everybody runs. The digest of its claude-code is the one of the page of `fleet veto`. */
async function old(project: PageProject): Promise<Images> {
    running ??= await project.publish("v0.3.43", daysAgo(20));
    return running;
}

/** The rings' settings and orgs: as few agents as show the way. */
function writeRings({ workspace }: PageProject): void {
    const settings = (reference: string, ring: string) => ({
        "customer-orgs:referenceStack": reference,
        "customer-orgs:orgs": `orgs/${ring}`,
        "customer-orgs:kubeContext": "prod",
        "customer-orgs:defaults": { minReadySeconds: 0 },
    });
    const coder = { name: "coder", runtime: "claude-code" };
    const concierge = { name: "concierge", runtime: "platform-agent" };
    fs.rmSync(path.join(workspace.directory, "orgs"), { recursive: true });
    workspace.writeOrg("prod-canary", "dogfood", {
        slug: "dogfood",
        displayName: "Our own",
        agents: [coder, concierge],
    });
    workspace.writeOrg("prod", "acme", { slug: "acme", displayName: "Acme", agents: [coder] });
    workspace.writeSettings(
        "customer-orgs",
        "prod-canary",
        settings("organization/platform/prod", "prod-canary"),
    );
    workspace.writeSettings(
        "customer-orgs",
        "prod",
        settings("organization/customer-orgs/prod-canary", "prod"),
    );
    // It joins later.
    fs.rmSync(path.join(workspace.directory, "Pulumi.staging.yaml"));
    fs.rmSync(path.join(workspace.directory, "platform", "Pulumi.staging.yaml"));
}

async function withClient<T>(
    { workspace }: PageProject,
    work: (client: Awaited<ReturnType<typeof connectKube>>) => Promise<T>,
): Promise<T> {
    const client = await connectKube({ kubeconfig: workspace.env["KUBECONFIG"], context: "prod" });
    return work(client).finally(client.close);
}

/** An org that somebody made by hand, on a tag that moves. */
const handMade = (project: PageProject, slug: string, repository: string) =>
    withClient(project, async (client) => {
        const image = `${project.registry.host}/genbrain/${repository}:latest`;
        await makeOrg(client, `org-${slug}`, { "by-hand": slug }, [{ name: "agent-main", image }]);
        await settledAgents(client, `by-hand=${slug}`, 1);
    });

/** The image of an agent, as its Deployment has it. */
const imageOf = (project: PageProject, namespace: string, name: string) =>
    withClient(project, async (client) => {
        const path_ = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
        const { spec } = (await client.request({ path: path_ })) as {
            spec: { template: { spec: { containers: { image: string }[] } } };
        };
        return spec.template.spec.containers[0]?.image;
    });

const freezeToday = {
    rrule: `FREQ=WEEKLY;BYDAY=${["SU", "MO", "TU", "WE", "TH", "FR", "SA"][new Date().getUTCDay()] ?? ""};BYHOUR=0;BYMINUTE=0;BYSECOND=0`,
    ...{ duration: "P2D", timezone: "UTC", reason: "nobody is there before Monday" },
};

/** The pages' commands that want an engine and a cluster, in the order of an operator's first weeks. */
export const ENGINE_STEPS: readonly PageStep[] = [
    {
        command: "npx pulumi stack init prod --cwd platform",
        prepare: async (project) => {
            writeRings(project);
            project.pin("prod", "v0.3.43", await old(project));
        },
        prints: /Created stack 'prod'/,
    },
    { command: "npx pulumi up --stack prod --cwd platform", prints: /Resources:\s+\+ \d+ created/ },
    {
        command: "npx pulumi stack output runtimeImages --stack prod --cwd platform",
        prints: /"release":"v0\.3\.43"/,
    },
    {
        command: "npx pulumi stack init prod",
        prepare: async (project) => {
            await project.workspace.stack("customer-orgs", "prod-canary");
            const { code, output } = await project.run("npx fleet up --stack prod-canary");
            assert.equal(code, 0, output);
        },
        prints: /Created stack 'prod'/,
    },
    { command: "npx pulumi preview --stack prod", prints: /\+ \d+ to create/ },
    { command: "npx fleet up --stack prod", prints: /Resources:\s+\+ \d+ created/ },
    { command: "npx fleet stale --stack prod-canary --stack prod", prints: /^current +acme +coder/m },
    { command: "npx fleet preview --stack prod", prints: /^to-roll=0 to-create=0 to-replace=0 to-delete=0/m },
    { command: `npx pulumi preview --stack prod ${PACK}`, prints: /customer-orgs|Policy Packs/ },
    { command: "npx pulumi up --stack prod-canary", prints: /unchanged/ },
    { command: "npx fleet rollout prod --dry-run", prints: /prod-canary/ },
    { command: "npx fleet rollout prod", prints: /prod-canary +proven +v0\.3\.43/ },
    { command: "npx fleet history --proof", prints: /^platform\/prod +claude-code +proven +v0\.3\.43/m },
    {
        command: "npx pulumi stack export --stack prod | npx fleet check --state -",
        prints: /^\d+ objects checked, 0 mandatory/m,
    },
    { command: "npx pulumi cancel --stack prod", prints: /prod/ },
    { command: "npx fleet recover --stack prod", prints: /nothing to recover/ },
    {
        command: "npx fleet adopt --stack prod --org hooli --import",
        prepare: (project) => handMade(project, "hooli", "claude-code"),
        prints: /Nothing is replaced or deleted/,
    },
    {
        command: "npx pulumi up --stack prod",
        prints: /~ \d+ updated/,
        check: async (project) => {
            assert.equal(
                await imageOf(project, "org-hooli", "agent-main"),
                (await old(project))["claude-code"],
            );
        },
    },
    {
        command: "npx fleet sync --stack prod --dry-run",
        prepare: (project) => handMade(project, "pied-piper", "molecule-platform-agent"),
        prints: /^would update +org-pied-piper\/agent-main/m,
    },
    {
        command: "npx fleet sync --stack prod",
        prints: /^updated=1 already-current=4 failed=0/m,
        check: async (project) => {
            const image = await imageOf(project, "org-pied-piper", "agent-main");
            assert.equal(image, (await old(project))["platform-agent"]);
        },
    },
    {
        // Agents of another runtime do not follow.
        command: "npx fleet sync --context prod --from-deployment",
        exitCode: 1,
        prints: /^updated=0 already-current=2 failed=0 skipped=3 left-behind=3$/m,
    },
    {
        command: 'npx fleet sync --stack prod --break-glass "CVE-2026-1234 in the MCP client"',
        prints: /failed=0/,
    },
    {
        command: "npx fleet promote --release releases/v2.json --env staging",
        prepare: async (project) => {
            project.pin("staging", "v0.3.43", await old(project));
            await (await project.workspace.stack("platform", "staging")).up();
            await project.publish("v2", daysAgo(3));
        },
        prints: /^promoted=2 already-current=0 left-behind=0 refused=0 failed=0$/m,
    },
    {
        command: "npx fleet promote --release releases/v0.3.47.json --env prod --when-allowed",
        exitCode: 3,
        prepare: async (project) => {
            project.pin("prod", "v0.3.43", await old(project), {
                "platform:promotion": { freeze: [freezeToday] },
            });
            await project.publish("v0.3.47", daysAgo(1));
        },
        prints: /^promoted=0 already-current=0 waiting=2 left-behind=0 refused=0 failed=0$/m,
        check: (project) => {
            assert.match(project.read("platform/Pulumi.prod.yaml"), /platform:queue:/);
        },
    },
    {
        command: "npx fleet promote --release releases/v0.3.45.json --env prod",
        exitCode: 1,
        prepare: async (project) => {
            const bad = await project.publish("v0.3.45", daysAgo(2));
            project.pin("prod", "v0.3.45", bad, {}, ["v0.3.43", await old(project)]);
            await project.run(
                'npx fleet rollback --env prod --reason "agents lose their session" --config-only',
            );
        },
        prints: /prod: claude-code: hold: held by ann since .*: agents lose their session/,
    },
    {
        command: "npx pulumi up --stack prod --cwd platform",
        exitCode: 1,
        prepare: async (project) => {
            // Its images lack what their boot gate looks for (docs/cluster.md).
            project.pin("prod", "v0.3.46", await project.publish("v0.3.46", daysAgo(0.1), "sha256:b007"));
        },
        prints: /could not be rolled; all others were, and the old pods of these keep running:/,
    },
    {
        command:
            'npx fleet veto sha256:8e4f72719ca13ee9b2164a1224a0f3e08d59240a5ea2c24f525697cdd655d567 --reason "agents lose their session"',
        exitCode: 1,
        prints: /^org-acme\/agent-coder +Deployment +prod +1$/m,
    },
];
