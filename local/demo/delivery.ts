import type { ShownAgent } from "./clusterView";
import type { Ring } from "./scenario";

/** One agent that a deployment would change, before it is deployed. */
export interface PlannedChange {
    /** `namespace/deployment` */
    readonly key: string;
    readonly to: string;
}

/** How a deployment ended. */
export interface Deployed {
    /** Why it failed; absent when it did not. */
    readonly failed?: string;
    /** What the stack exports now. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** How the demo brings programs to the cluster: through an engine, or rendered and applied. */
export interface Delivery {
    /** One plain sentence about the way that is taken. */
    readonly sentence: string;
    /** Whether there is a state that an org can be imported into. */
    readonly hasState: boolean;
    /** What tells fleet commands where outputs are, when not the engine: of the platform, and of the rings. */
    readonly sources: { readonly reference: readonly string[]; readonly outputs: readonly string[] };
    /** What `fleet promote` is told besides, where no engine can update the platform's stack. */
    readonly promoteOptions: readonly string[];
    /** What a user would type for each step. */
    readonly commands: {
        readonly up: (stack: "platform" | Ring) => string;
        readonly preview: (ring: Ring) => string;
        readonly policy: string;
    };
    /** Deploys a stack, and waits until its agents run or cannot. A failed deployment is an answer too. */
    up(stack: "platform" | Ring): Promise<Deployed>;
    /** What deploying a ring would change, sorted. */
    preview(ring: Ring, live: readonly ShownAgent[]): Promise<readonly PlannedChange[]>;
    /**
     * Tries to deploy the last ring with one agent changed to an image, with the policy pack in the way.
     *
     * @returns what the pack said, or nothing when the change was let through
     */
    tryImage(key: string, image: string): Promise<string | undefined>;
}
