import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedClaim } from "../config/agent/agentPlan";
import { managedLabels } from "./objectMetadata";
import { LABELS } from "../images/metadata";

/** What a claim is made from. */
export interface AgentClaimArgs {
    /** What its name in the engine starts with: the org's slug. */
    readonly owner: string;
    readonly org?: string;
    readonly namespace: pulumi.Input<string>;
    readonly claim: PlannedClaim;
    /** Whether the engine refuses to let go of it: not of an org that is being offboarded. */
    readonly protect: boolean;
}

/**
 * The state of an agent that outlives its releases. It is named after the claim and not after the agent, so that an agent that is
 * renamed finds it again; it is protected, and what lets go of it leaves it in the cluster: only the namespace takes it along.
 */
export function agentClaim(
    { owner, org, namespace, claim, protect }: AgentClaimArgs,
    parent: pulumi.Resource,
): kubernetes.core.v1.PersistentVolumeClaim {
    const { size, storageClass, accessMode } = claim.claim;
    return new kubernetes.core.v1.PersistentVolumeClaim(
        `${owner}.${claim.name}`,
        {
            metadata: {
                name: claim.name,
                namespace,
                labels: {
                    ...managedLabels("agent-claim", claim.name.slice(0, 63).replace(/[^a-z0-9]+$/, "")),
                    ...(org === undefined ? {} : { [LABELS.org]: org }),
                },
                annotations: {
                    // Many storage classes bind a claim only when a pod wants it, and the pod comes later.
                    "pulumi.com/skipAwait": "true",
                },
            },
            spec: {
                accessModes: [accessMode ?? "ReadWriteOnce"],
                resources: { requests: { storage: size } },
                storageClassName: storageClass,
            },
        },
        {
            ...{ parent, protect, retainOnDelete: true },
            // Who is adopted comes with what its controller has chosen, and a claim that says so no more would be another one.
            ignoreChanges: ["spec.volumeName", "spec.volumeMode"],
        },
    );
}
