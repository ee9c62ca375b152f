import type { LiveAgent } from "./clusterView";

/** One agent that a deployment would change, before it is deployed. */
export interface PlannedChange {
    /** `namespace/deployment` */
    readonly key: string;
    /** The image that it runs, absent when it does not exist yet. */
    readonly from?: string;
    readonly to: string;
}

/** How the demo brings programs to the cluster: through an engine, or rendered and applied. */
export interface Delivery {
    /** One plain sentence about the way that is taken. */
    readonly sentence: string;
    /** Whether there is a state that an org can be imported into. */
    readonly hasState: boolean;
    /** What tells `fleet stale` where outputs are, when not from the engine. */
    readonly fleetSources: readonly string[];
    /** What a user would type for each step. */
    readonly commands: Readonly<Record<"platformUp" | "orgsUp" | "preview" | "policy", string>>;
    /** What `fleet promote` is told besides, where no engine can update the platform's stack. */
    readonly promoteOptions: readonly string[];
    /** Deploys the platform stack and returns its output `runtimeImages`. */
    platformUp(): Promise<unknown>;
    /** Deploys the customer-orgs stack and waits until every agent is rolled out. */
    orgsUp(): Promise<void>;
    /** What deploying the customer-orgs stack would change. */
    preview(live: readonly LiveAgent[]): Promise<readonly PlannedChange[]>;
    /**
     * Tries to deploy the customer-orgs stack with one agent changed to an image, with the policy pack in the way.
     *
     * @returns what the pack said, or nothing when the change was let through
     */
    tryImage(key: string, image: string): Promise<string | undefined>;
}
