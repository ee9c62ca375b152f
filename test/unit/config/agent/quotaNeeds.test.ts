import assert from "node:assert/strict";
import type { AgentPlan } from "../../../../config/agent/agentPlan";
import { planAgent } from "../../../../config/agent/planAgent";
import type { Profile } from "../../../../config/agent/profileSchema";
import { findQuotaProblem, needsOf } from "../../../../config/agent/quotaNeeds";
import type { Quota } from "../../../../config/quota";

const FILE = "orgs/prod/acme.yaml";

function plans(count: number, profile: Profile = {}, runtime = "claude-code"): readonly AgentPlan[] {
    return Array.from({ length: count }, () =>
        planAgent("coder", runtime, [{ origin: { layer: "agent" }, profile }]),
    );
}

const problem = (some: readonly AgentPlan[], quota: Quota = {}) => findQuotaProblem(some, [quota], FILE);

describe("needsOf", () => {
    it("counts every pod and one surge pod for each agent, which a release rolls all at once", () => {
        const needs = needsOf(plans(2, { replicas: 3 }));
        assert.deepEqual(
            [needs.get("pods"), needs.get("limits.cpu"), needs.get("count/deployments.apps")],
            [8, 8, 2],
        );
    });

    it("counts no surge where the old pod ends first, and none of what never runs", () => {
        assert.equal(needsOf(plans(1, { strategy: { type: "Recreate" } })).get("pods"), 1);
        assert.equal(needsOf(plans(1, { replicas: 0 })).get("pods"), 0);
        assert.equal(needsOf(plans(1, { autoscaler: { maxReplicas: 5 } })).get("pods"), 6);
        const strategy = {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        } as const;
        assert.equal(needsOf(plans(1, { replicas: 3, strategy })).get("pods"), 3);
        const wide = { type: "RollingUpdate", rollingUpdate: { maxSurge: 5 } } as const;
        assert.equal(needsOf(plans(1, { replicas: 2, strategy: wide })).get("pods"), 4);
    });

    it("counts sidecars beside the agent, and a boot gate only where it is the larger", () => {
        const image = `ghcr.io/a/b@sha256:${"a".repeat(64)}`;
        const sidecars = { proxy: { image, resources: { limits: { cpu: "500m" } } } };
        assert.equal(needsOf(plans(1, { sidecars })).get("limits.cpu"), 3);
        const tiny = { resources: { requests: { cpu: "1m" }, limits: { cpu: "2m" } } };
        assert.equal(needsOf(plans(1, tiny, "platform-agent")).get("limits.cpu"), 0.2);
        assert.equal(needsOf(plans(1, tiny)).get("limits.cpu"), 0.004);
    });

    it("counts claims once, since they are not made again for a surge pod", () => {
        const needs = needsOf(plans(1, { volumes: { state: { mountPath: "/s", claim: { size: "5Gi" } } } }));
        assert.deepEqual(
            [needs.get("persistentvolumeclaims"), needs.get("requests.storage")],
            [1, 5 * 2 ** 30],
        );
    });
});

describe("findQuotaProblem", () => {
    it("admits eight default agents in the default quota, and names what nine lack and what to write", () => {
        assert.equal(problem(plans(8)), undefined);
        assert.equal(
            problem(plans(9)),
            `${FILE}: quota: its 9 agents have up to 18 pods while a release rolls them, and the quota is too small for that ` +
                '(limits.cpu 18 of 16): they would be born and never rolled; expected quota: { limits.cpu: "18" } or more, or fewer or smaller agents',
        );
        assert.equal(problem(plans(9), { "limits.cpu": "18" }), undefined);
    });

    it("counts Deployments and pods too", () => {
        const small = { resources: { limits: { cpu: "1m", memory: "1Mi", "ephemeral-storage": "1Mi" } } };
        assert.match(problem(plans(21, small)) ?? "", /count\/deployments\.apps 21 of 20/);
        assert.match(problem(plans(1, { ...small, replicas: 50 })) ?? "", /\(pods 51 of 40\)/);
    });

    it("takes what it says itself for enough", () => {
        const odd = { resources: { limits: { cpu: "333m", memory: "777Mi" } }, replicas: 7 };
        const some = plans(9, odd);
        const written = /quota: \{ (.*) \}/.exec(problem(some) ?? "")?.[1] ?? "";
        const quota = Object.fromEntries(
            [...written.matchAll(/([\w./]+): "([^"]+)"/g)].map(([, key = "", value = ""]) => [key, value]),
        );
        assert.ok(Object.keys(quota).length > 0);
        assert.equal(problem(some, quota), undefined);
    });
});
