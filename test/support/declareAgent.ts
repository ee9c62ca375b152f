import { Agent, type AgentArgs } from "../../components/agent";
import type { AgentPlan } from "../../config/agent/agentPlan";
import { planAgent } from "../../config/agent/planAgent";
import type { Profile } from "../../config/agent/profileSchema";
import { declareResources, inputsOf } from "./declareResources";
import { DIGEST_A, pinned } from "./sampleImages";

/** What a sample agent runs. */
export const IMAGE = `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`;

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/** As far as the tests look into a Deployment. */
export interface DeploymentInputs {
    metadata: { annotations: Record<string, string>; labels: Record<string, string> };
    spec: {
        replicas: number;
        selector: { matchLabels: Record<string, string> };
        template: {
            metadata: { annotations?: unknown; labels: Record<string, string> };
            spec: {
                initContainers?: Record<string, unknown>[];
                containers: [Record<string, unknown> & { env: { name: string }[] }];
            };
        };
    };
}

/** What an agent of the runtime `claude-code` is planned to be, given what its org's file says. */
export function planOf(profile: Profile = {}): AgentPlan {
    return planAgent("coder", "claude-code", [{ origin: { layer: "agent" }, profile }]);
}

/** Declares the sample agent with other args. */
export async function declareAgent({
    profile = {},
    ...parts
}: Partial<AgentArgs> & { profile?: Profile } = {}) {
    const args: AgentArgs = {
        name: "coder",
        namespace: "org-acme",
        org: "acme",
        runtime: "claude-code",
        image: pinned(IMAGE),
        source: "pin",
        release: "v2",
        serviceAccountName: "agent",
        plan: planOf(profile),
        ...parts,
    };
    const { resources, result } = await declareResources(() => new Agent("acme-coder", args));
    await result;
    return { resources, deployment: inputsOf(resources, DEPLOYMENT) as unknown as DeploymentInputs };
}
