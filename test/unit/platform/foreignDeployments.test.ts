import assert from "node:assert/strict";
import { describeLiveAgent } from "../../../kube/liveAgent";
import { refuseForeignDeployments } from "../../../platform/foreignDeployments";
import { platformConfigSchema } from "../../../platform/platformConfig";
import { liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A } from "../../support/sampleImages";

const IMAGE = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;

/** A core fleet of agents `ceo` and `cto`, with the Deployments that the cluster has: name → container. */
function refuse(manage: string, containers: Readonly<Record<string, string>>): Promise<void> {
    const { coreFleet } = platformConfigSchema.parse({
        kubeContext: "dev",
        runtimes: { "claude-code": { image: IMAGE } },
        coreFleet: { agents: ["ceo", "cto"].map((name) => ({ name, runtime: "claude-code", manage })) },
    });
    const { deployment } = liveAgentOf({ image: IMAGE, namespace: "agents" });
    const live = Object.entries(containers).map(([name, container]) => {
        const named = deployment.containers.map((each) => ({ ...each, name: container }));
        return [`agents/agent-${name}`, describeLiveAgent({ ...deployment, containers: named }, [])] as const;
    });
    return refuseForeignDeployments(coreFleet, { look: () => Promise.resolve(new Map(live)) });
}

describe("refuseForeignDeployments", () => {
    it("lets agents go whose Deployments have the container whose image is owned", async () => {
        await refuse("image", { ceo: "agent", cto: "agent" });
    });

    it("names every Deployment that is not there, or whose container would get a second one beside it", async () => {
        await assert.rejects(refuse("image", { cto: "main" }), (error: Error) => {
            assert.match(
                error.message,
                /"ceo" has "manage: image", and there is no Deployment "agents\/agent-ceo"/,
            );
            assert.match(
                error.message,
                /"agents\/agent-cto" has no container "agent" \(it has "main"\): a second one/,
            );
            return true;
        });
    });

    it("asks nothing of Deployments that the stack owns whole", async () => {
        await refuse("deployment", { cto: "main" });
    });
});
