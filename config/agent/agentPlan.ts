import type { Resources } from "./containerWords";
import type { Origin } from "./mergeProfiles";
import type { Profile } from "./profileSchema";
import type { Sidecar } from "./sidecarWords";
import type { Claim } from "./volumeWords";

/** How pods follow each other. */
export type RolloutStrategy =
    | { readonly type: "Recreate" }
    | { readonly type: "RollingUpdate"; readonly maxSurge: number; readonly maxUnavailable: number };

/** A claim of an agent, with the name that it has in the cluster. */
export interface PlannedClaim {
    readonly name: string;
    readonly volume: string;
    readonly claim: Claim;
}

/** A sidecar with its name and its requests and limits. */
export interface PlannedSidecar {
    readonly name: string;
    readonly sidecar: Sidecar;
    readonly resources: Required<Resources>;
}

/** One agent as it will be declared: every layer merged, every default filled in. */
export interface AgentPlan {
    readonly profile: Profile;
    /** Pods that are declared; absent where an autoscaler decides. */
    readonly replicas?: number;
    /** The most pods that there are outside of a rollout. */
    readonly maxReplicas: number;
    readonly minReadySeconds: number;
    readonly progressDeadlineSeconds: number;
    readonly resources: Required<Resources>;
    readonly strategy: RolloutStrategy;
    readonly bootGate: readonly string[];
    readonly claims: readonly PlannedClaim[];
    /** Sorted by name, each with its requests and limits filled in. */
    readonly sidecars: readonly PlannedSidecar[];
    /** `env.LOG_LEVEL` → where it was written. */
    readonly origins: ReadonlyMap<string, Origin>;
    /** What cannot be together, each with where to mend it; none for an agent that can be declared. */
    readonly problems: readonly string[];
}
