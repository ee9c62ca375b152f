import assert from "node:assert/strict";
import { findOrgProblems, planOrg, stackLayers } from "../../../../config/agent/agentLayers";
import { orgSpecSchema } from "../../../../config/orgSpec";
import { sampleOrg } from "../../../support/orgsDirectory";

const FILE = "orgs/dev/acme.yaml";

function problemsOf(agents: readonly object[]): readonly string[] {
    const org = orgSpecSchema.parse(sampleOrg("acme", { agents }));
    return findOrgProblems(planOrg(stackLayers([]), org, FILE), [org.quota], FILE);
}

const withClaim = (name: string, volume: string, claim: object = {}) => ({
    name,
    runtime: "x",
    volumes: { [volume]: { mountPath: "/s", claim: { size: "1Gi", ...claim } } },
});

describe("the agents of an org, together", () => {
    it("have each claim once: a renamed agent's is not the next agent's too", () => {
        const [problem, ...more] = problemsOf([
            withClaim("old", "state"),
            withClaim("new", "state", { name: "agent-old-state" }),
        ]);
        assert.deepEqual(more, []);
        assert.equal(
            problem,
            `${FILE}: agents[1].volumes.state.claim: the claim "agent-old-state" of the agent "new" is the agent "old"'s (volume "state"); ` +
                'expected a "name" of its own, or another volume\'s name',
        );
        assert.deepEqual(problemsOf([withClaim("new", "state", { name: "agent-old-state" })]), []);
    });

    it("have each claim once, where two names come to the same", () => {
        assert.equal(problemsOf([withClaim("a", "b-c"), withClaim("a-b", "c")]).length, 1);
        assert.deepEqual(problemsOf([withClaim("a", "b-c"), withClaim("a-b", "d")]), []);
    });
});
