import assert from "node:assert/strict";
import { type SyncRules, decideSync } from "../../../../fleet/sync/decideSync";
import { referenceDeployment } from "../../../../fleet/sync/findSyncReference";
import { parseImageReference } from "../../../../images/imageReference";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { type DeploymentParts, deployment, image } from "../../../support/liveObjects";

const OTHER = "ghcr.io/genbrain/platform-agent";

const PINS: SyncRules["reference"] = {
    kind: "pins",
    pins: parseRuntimeImages(
        {
            schemaVersion: 1,
            runtimes: {
                "claude-code": { image: image("2"), release: "v2" },
                "platform-agent": { image: `${OTHER}@sha256:${"7".repeat(64)}`, release: "v2" },
            },
        },
        "platform",
    ),
};

function single(text: string, anyRepository = false): SyncRules["reference"] {
    const parsed = parseImageReference(text);
    assert.ok(parsed.ok);
    return { kind: "image", image: parsed.reference, anyRepository };
}

function decide(parts: DeploymentParts, rules: Partial<SyncRules> = {}) {
    return decideSync(deployment({ managed: false, ...parts }), {
        reference: PINS,
        breakGlass: false,
        managed: new Set(),
        forbids: () => undefined,
        now: () => new Date("2026-07-01T12:00:00Z"),
        ...rules,
    });
}

describe("decideSync", () => {
    it("updates the named container of a stale agent, wherever it stands among the others", () => {
        const answer = decide({
            containers: [
                { name: "sidecar", image: "nginx:1.29" },
                { name: "agent", image: image("1") },
            ],
        });
        assert.deepEqual(answer, {
            action: "update",
            moves: [{ list: "containers", index: 1, container: "agent", from: image("1") }],
            from: image("1"),
            to: image("2"),
        });
    });

    it("moves every container and init container that is on the agent's image or of its repository", () => {
        const answer = decide({
            containers: [
                { name: "log", image: "nginx:1.29" },
                { name: "helper", image: image("3") },
                { name: "agent", image: image("1") },
            ],
            initContainers: [{ name: "boot-gate", image: image("1") }],
        });
        assert.deepEqual(
            answer.action === "update" && answer.moves.map(({ list, container }) => [list, container]),
            [
                ["containers", "agent"],
                ["containers", "helper"],
                ["initContainers", "boot-gate"],
            ],
        );
    });

    it("takes an agent for stale whose boot gate has another image than it", () => {
        const answer = decide({
            image: image("2"),
            initContainers: [{ name: "boot-gate", image: image("1") }],
        });
        assert.deepEqual(answer.action === "update" && answer.moves.map(({ container }) => container), [
            "boot-gate",
        ]);
    });

    it("brings no agent to a forbidden image, nor calls it current there, also when breaking glass", () => {
        const forbids = () => "its digest was vetoed by ann";
        for (const rules of [{}, { breakGlass: true }, { reference: single(image("2")) }]) {
            for (const text of [image("1"), image("2")]) {
                const answer = decide({ image: text }, { ...rules, forbids });
                assert.ok(answer.action === "skip" && !answer.decided, text);
                assert.match(answer.reason, /^refused: .*vetoed by ann/);
            }
        }
    });

    it("changes nothing while the stack is paused or frozen, and calls current what is; breaking glass passes that", () => {
        const holds = () => "paused until 2026-12-01 by ann: audit";
        const answer = decide({ image: image("1") }, { holds });
        assert.ok(answer.action === "skip" && answer.decided);
        assert.match(answer.reason, /^the stack is paused until 2026-12-01 by ann: audit/);
        assert.equal(decide({ image: image("2") }, { holds }).action, "current");
        assert.equal(decide({ image: image("1") }, { holds, breakGlass: true }).action, "update");
    });

    it("gives each runtime its own pin, by repository and by label", () => {
        const to = (parts: DeploymentParts) => {
            const answer = decide(parts);
            return answer.action === "update" ? answer.to : answer;
        };
        assert.equal(to({ image: `${OTHER}:latest` }), `${OTHER}@sha256:${"7".repeat(64)}`);
        assert.equal(
            to({ image: "agent:latest", labels: { "customer-orgs/runtime": "claude-code" } }),
            image("2"),
        );
    });

    it("leaves what is current alone", () => {
        assert.deepEqual(decide({ image: image("2") }), {
            action: "current",
            rolling: false,
            image: image("2"),
        });
    });

    it("goes on waiting for a rollout that an interrupted run began, and not for a pod that was lost since", () => {
        const rolling = (reason: string) => {
            const answer = decide({
                image: image("2"),
                status: {
                    availableReplicas: 0,
                    conditions: [{ type: "Progressing", status: "True", reason }],
                },
            });
            return answer.action === "current" && answer.rolling;
        };
        assert.equal(rolling("ReplicaSetUpdated"), true);
        assert.equal(rolling("NewReplicaSetAvailable"), false);
    });

    it("takes a git-SHA tag for current when the reference is the same tag with its digest", () => {
        const answer = decide(
            { image: "ghcr.io/genbrain/claude-code:sha-19f3175" },
            { reference: single(image("1", "sha-19f3175")) },
        );
        assert.equal(answer.action, "current");
    });

    it("updates an agent that is scaled to zero", () => {
        assert.equal(decide({ spec: { replicas: 0 } }).action, "update");
    });

    for (const { what, parts, rules, reason, decided } of [
        {
            what: "a managed agent, by its labels",
            parts: { managed: true },
            reason: /pulumi up/,
            decided: true,
        },
        {
            what: "a managed agent whose labels were removed, by the stack's outputs",
            parts: {},
            rules: { managed: new Set(["org-acme/agent-coder"]) },
            reason: /pulumi up/,
            decided: true,
        },
        {
            what: "a held agent, even when breaking glass",
            parts: { managed: true, annotations: { "customer-orgs/override-expires": "2026-12-31" } },
            rules: { breakGlass: true },
            reason: /until 2026-12-31/,
            decided: true,
        },
        {
            what: "an agent whose override has expired",
            parts: { managed: true, annotations: { "customer-orgs/override-expires": "2026-06-30" } },
            reason: /expired, the last day was 2026-06-30/,
        },
        { what: "a paused Deployment", parts: { spec: { paused: true } }, reason: /paused/ },
        {
            what: "a Deployment that is being deleted",
            parts: { metadata: { deletionTimestamp: "2026-07-01T00:00:00Z" } },
            reason: /being deleted/,
            decided: true,
        },
        {
            what: "a Deployment without the container",
            parts: { containers: [{ name: "web", image: "nginx" }] },
            reason: /no container "agent"; it has "web"/,
        },
        { what: "a Deployment without any container", parts: { containers: [] }, reason: /it has none/ },
        { what: "an agent of no pinned repository", parts: { image: "agent:latest" }, reason: /--runtime/ },
        {
            what: "an agent of a runtime without a pin",
            parts: { labels: { "customer-orgs/runtime": "codex" } },
            reason: /"codex" has no pin/,
        },
        {
            what: "an agent of another repository than the one reference's",
            parts: { image: "agent:latest" },
            rules: { reference: single(image("2")) },
            reason: /--any-repository/,
        },
    ] as {
        what: string;
        parts: DeploymentParts;
        rules?: Partial<SyncRules>;
        reason: RegExp;
        decided?: true;
    }[]) {
        it(`skips ${what}`, () => {
            const answer = decide(parts, rules);
            assert.equal(answer.action, "skip", JSON.stringify(answer));
            assert.match(answer.reason, reason);
            assert.equal(answer.decided, decided ?? false, "whether somebody has decided that it stays");
        });
    }

    it("updates a managed agent when breaking glass", () => {
        assert.equal(decide({ managed: true }, { breakGlass: true }).action, "update");
    });

    it("updates agents of any repository when asked to, and of an unknown runtime when it is named", () => {
        assert.equal(
            decide({ image: "agent:latest" }, { reference: single(image("2"), true) }).action,
            "update",
        );
        const named = { ...PINS, runtime: "claude-code" } as SyncRules["reference"];
        assert.equal(decide({ image: "agent:latest" }, { reference: named }).action, "update");
    });
});

describe("referenceDeployment", () => {
    it("is the option, then the variables, then the defaults of the platform's script", () => {
        const env = {
            PLATFORM_IMAGE_NAMESPACE: "core",
            PLATFORM_IMAGE_DEPLOYMENT: "agent-cto",
            PLATFORM_IMAGE_CONTAINER: "main",
        };
        assert.deepEqual(referenceDeployment(true, {}), {
            namespace: "agents",
            deployment: "agent-ceo",
            container: "agent",
        });
        assert.deepEqual(referenceDeployment(true, env), {
            namespace: "core",
            deployment: "agent-cto",
            container: "main",
        });
        assert.deepEqual(referenceDeployment("a/b", env), {
            namespace: "a",
            deployment: "b",
            container: "main",
        });
        assert.deepEqual(referenceDeployment("a/b/c", env), {
            namespace: "a",
            deployment: "b",
            container: "c",
        });
    });

    for (const value of ["a", "a/", "/b", "a/b/c/d", ""]) {
        it(`refuses "${value}"`, () => {
            assert.throws(() => referenceDeployment(value, {}), /expected "<namespace>\/<name>"/);
        });
    }
});
