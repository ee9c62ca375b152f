import assert from "node:assert/strict";
import type { EngineEvent, PreviewResult, Stack } from "@pulumi/pulumi/automation";
import { imagesIn, namespaceNamed } from "../support/objects";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

const CODE = {
    old: imageOf("claude-code", "a"),
    next: imageOf("claude-code", "b"),
    last: imageOf("claude-code", "e"),
};
const AGENT = { old: imageOf("platform-agent", "c"), next: imageOf("platform-agent", "d") };

const IN_THIRTY_DAYS = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

describe("customer orgs on a real engine, release by release", function () {
    this.timeout(600_000);
    const suite = useEngine();
    let stack: Stack;

    const up = () => stack.up();
    const changedDeployments = async (): Promise<{ changed: string[]; result: PreviewResult }> => {
        const changed: string[] = [];
        const onEvent = ({ resourcePreEvent }: EngineEvent) => {
            const metadata = resourcePreEvent?.metadata;
            if (metadata !== undefined && metadata.type.endsWith(":Deployment") && metadata.op !== "same") {
                changed.push(`${metadata.op} ${metadata.urn.split("::").at(-1) ?? ""}`);
            }
        };
        const result = await stack.preview({ onEvent });
        return { changed: changed.sort(), result };
    };
    const agentsOutput = async () => (await stack.outputs())["agents"]?.value as unknown;

    before(async () => {
        const { workspace, cluster } = suite();
        await deployReference(
            workspace,
            runtimeImagesOf({ "claude-code": CODE.old, "platform-agent": AGENT.old }, "v1"),
        );
        workspace.writeOrg("release", "rel-one", {
            slug: "rel-one",
            displayName: "One",
            agents: [
                { name: "coder", runtime: "claude-code" },
                { name: "concierge", runtime: "platform-agent" },
            ],
        });
        workspace.writeOrg("release", "rel-two", {
            slug: "rel-two",
            displayName: "Two",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        workspace.writeSettings("customer-orgs", "release", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/release",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
        });
        stack = await workspace.stack("customer-orgs", "release");
    });

    it("gives every org the pin at the first up, and says so in its outputs", async () => {
        const { outputs } = await up();
        assert.deepEqual(await imagesIn(suite().cluster, "org-rel-one"), {
            "agent-coder": CODE.old,
            "agent-concierge": AGENT.old,
        });
        assert.deepEqual(await imagesIn(suite().cluster, "org-rel-two"), { "agent-coder": CODE.old });
        assert.deepEqual((outputs["agents"]?.value as Record<string, unknown>)["rel-two"], {
            coder: { image: CODE.old, source: "pin", runtime: "claude-code", release: "v1" },
        });
        assert.deepEqual(
            outputs["runtimeImages"]?.value,
            runtimeImagesOf({ "claude-code": CODE.old, "platform-agent": AGENT.old }, "v1"),
        );
    });

    it("changes nothing in a preview without a release", async () => {
        const { changed, result } = await changedDeployments();
        assert.deepEqual(changed, []);
        // The one object that is read is the cluster's identity.
        assert.deepEqual(Object.keys(result.changeSummary).sort(), ["read", "same"]);
    });

    it("previews exactly the agents of the runtime that a release moved, and no other", async () => {
        await deployReference(
            suite().workspace,
            runtimeImagesOf({ "claude-code": CODE.next, "platform-agent": AGENT.old }, "v1"),
        );
        const { changed, result } = await changedDeployments();
        assert.deepEqual(changed, ["update rel-one.coder", "update rel-two.coder"]);
        assert.equal(result.changeSummary.update, 2);
        await up();
        assert.deepEqual(await imagesIn(suite().cluster, "org-rel-one"), {
            "agent-coder": CODE.next,
            "agent-concierge": AGENT.old,
        });
        assert.deepEqual((await changedDeployments()).changed, []);
    });

    it("holds an org on its override while a release passes, and lets it go when the override is removed", async () => {
        const { workspace, cluster } = suite();
        const held = (expires: string) => ({
            slug: "rel-two",
            displayName: "Two",
            agents: [{ name: "coder", runtime: "claude-code" }],
            imageOverrides: {
                "claude-code": { image: CODE.next, owner: "support", reason: "ticket 1", expires },
            },
        });
        workspace.writeOrg("release", "rel-two", held(IN_THIRTY_DAYS));
        await deployReference(
            workspace,
            runtimeImagesOf({ "claude-code": CODE.old, "platform-agent": AGENT.next }, "v2"),
        );
        await up();
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), { "agent-coder": CODE.next });
        assert.deepEqual(await imagesIn(cluster, "org-rel-one"), {
            "agent-coder": CODE.old,
            "agent-concierge": AGENT.next,
        });
        assert.deepEqual(((await agentsOutput()) as Record<string, unknown>)["rel-two"], {
            coder: {
                image: CODE.next,
                source: "org-override",
                runtime: "claude-code",
                heldUntil: IN_THIRTY_DAYS,
                heldBy: "support",
            },
        });

        // Its last day passes: it stays as it is, and the others get the next release all the same.
        workspace.writeOrg("release", "rel-two", held("2020-01-01"));
        await deployReference(
            workspace,
            runtimeImagesOf({ "claude-code": CODE.last, "platform-agent": AGENT.next }, "v3"),
        );
        const { stderr, stdout } = await up();
        assert.match(
            stdout + stderr,
            /org "rel-two", agent "coder": stays as it is: the image override of org "rel-two" expired on "2020-01-01"/,
        );
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), { "agent-coder": CODE.next });
        assert.deepEqual(await imagesIn(cluster, "org-rel-one"), {
            "agent-coder": CODE.last,
            "agent-concierge": AGENT.next,
        });
        await deployReference(
            workspace,
            runtimeImagesOf({ "claude-code": CODE.old, "platform-agent": AGENT.next }, "v2"),
        );

        workspace.writeOrg("release", "rel-two", {
            slug: "rel-two",
            displayName: "Two",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        await up();
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), { "agent-coder": CODE.old });
    });

    it("renames an agent without touching the org's namespace", async () => {
        const { workspace, cluster } = suite();
        const before = await namespaceNamed(cluster, "org-rel-two");
        workspace.writeOrg("release", "rel-two", {
            slug: "rel-two",
            displayName: "Two",
            agents: [{ name: "writer", runtime: "claude-code" }],
        });
        await up();
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), { "agent-writer": CODE.old });
        const after = await namespaceNamed(cluster, "org-rel-two");
        assert.equal(after?.metadata?.uid, before?.metadata?.uid);
    });

    it("changes nothing when an org's file was deleted without offboarding, and names the org", async () => {
        const { workspace, cluster } = suite();
        workspace.writeOrg("release", "rel-two", undefined);
        await assert.rejects(
            up(),
            /orgs\/release\/rel-two\.yaml: is missing, and the org "rel-two" was deployed/,
        );
        assert.equal((await namespaceNamed(cluster, "org-rel-two"))?.status?.phase, "Active");
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), { "agent-writer": CODE.old });
    });

    it("lets an org go in two steps: first its agents and the protection, then its namespace", async () => {
        const { workspace, cluster } = suite();
        workspace.writeOrg("release", "rel-two", {
            slug: "rel-two",
            displayName: "Two",
            agents: [{ name: "writer", runtime: "claude-code" }],
            offboarding: { owner: "sales", reason: "contract ended" },
        });
        await up();
        assert.deepEqual(await imagesIn(cluster, "org-rel-two"), {});
        assert.equal((await namespaceNamed(cluster, "org-rel-two"))?.status?.phase, "Active");
        workspace.writeOrg("release", "rel-two", undefined);
        await up();
        assert.notEqual((await namespaceNamed(cluster, "org-rel-two"))?.status?.phase, "Active");
    });

    it("can be the reference of another stack: a ring", async () => {
        const { workspace, cluster } = suite();
        workspace.writeOrg("ring", "rel-ring", {
            slug: "rel-ring",
            displayName: "Ring",
            agents: [
                { name: "coder", runtime: "claude-code" },
                { name: "concierge", runtime: "platform-agent" },
            ],
        });
        workspace.writeSettings("customer-orgs", "ring", {
            "customer-orgs:referenceStack": "organization/customer-orgs/release",
            "customer-orgs:orgs": "orgs/ring",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
        });
        const ring = await workspace.stack("customer-orgs", "ring");
        const { outputs } = await ring.up();
        assert.deepEqual(await imagesIn(cluster, "org-rel-ring"), {
            "agent-coder": CODE.old,
            "agent-concierge": AGENT.next,
        });
        assert.deepEqual(outputs["runtimeImages"]?.value, (await stack.outputs())["runtimeImages"]?.value);
    });
});
