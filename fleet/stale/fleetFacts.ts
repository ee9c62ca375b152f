import type { DeployedAgent } from "../../config/describeAgents";
import type { VetoesByDigest } from "../../config/vetoes";
import type { StackOutputs } from "../../engine/stackState";
import type { ChosenImage } from "../../images/chooseImage";
import type { PinnedReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { LiveAgent } from "../../kube/liveAgent";
import type { LiveCluster } from "../../kube/readCluster";
import type { ProofRecord } from "../../proof/proofRecord";
import type { Gap } from "./fleetReport";
import type { PinHistory } from "../../images/pinHistory";

/** What stands for the org of the platform's own agents: no slug can be it. */
export const CORE_FLEET = "(core)";

/** What one agent should run, by the files and the reference stack's pins, or why that cannot be said. */
export interface AgentTarget {
    readonly org: string;
    readonly agent: string;
    readonly runtime: string;
    /** Days before the last day of an override from which a note says so. */
    readonly warnDays?: number;
    readonly chosen: ChosenImage;
    /** Whether somebody else rolls it, and the pin follows it. */
    readonly foreign?: true;
}

/** What is known of one stack. What is `undefined` was not read, and is then compared with nothing. */
export interface StackFacts {
    /** `prod`, or `platform/prod` for the core fleet. */
    readonly stack: string;
    /** The kubeconfig context of its cluster; absent where its files could not be read. */
    readonly cluster?: string;
    /** The namespace of the core fleet; absent for a stack of customers' orgs. */
    readonly coreNamespace?: string;
    readonly targets?: readonly AgentTarget[];
    readonly deployed?: readonly DeployedAgent[];
    /** Of its last update that ended well, as they were read; of a stack of customers' orgs alone. */
    readonly outputs?: StackOutputs;
    /** What its runtimes should run. */
    readonly pins?: RuntimeImages;
    readonly history?: PinHistory;
    /** What its own agents have really run. */
    readonly proof?: ProofRecord;
    /** What was asked for and did not answer, as the end of a sentence: nothing of this stack is called fine then. */
    readonly unread: readonly string[];
}

/** What is known of one cluster. */
export interface ClusterFacts {
    readonly context: string;
    /** Absent where it was left out or could not be compared. */
    readonly live?: LiveCluster;
    /** Whether its pods were read. */
    readonly pods: boolean;
}

/** The digests of an image's platforms, its own among them, or why the registry did not say. */
export type Platforms =
    | { readonly ok: true; readonly digests: ReadonlySet<string> }
    | { readonly ok: false; readonly why: string };

/** What is known of one agent. */
export interface AgentFacts {
    readonly target?: AgentTarget;
    readonly deployed?: DeployedAgent;
    readonly live?: LiveAgent;
}

/** All that is known of a fleet. */
export interface FleetFacts {
    readonly stacks: readonly StackFacts[];
    readonly clusters: readonly ClusterFacts[];
    readonly vetoes: VetoesByDigest;
    /** By an image's own digest; an index has one manifest a platform. */
    readonly platformsOf: (image: PinnedReference) => Platforms | undefined;
    /** What could not be read, and why. */
    readonly gaps: readonly Gap[];
    /** Whether a namespace was left out by its name. */
    readonly isExcluded: (namespace: string) => boolean;
    /** Whether every stack of the checkout is among the stacks. */
    readonly allStacks: boolean;
    readonly now: Date;
}
