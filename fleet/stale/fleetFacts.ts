import type { DeployedAgent } from "../../config/describeAgents";
import type { ChosenImage } from "../../images/chooseImage";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { LiveAgent } from "../../kube/liveAgent";
import type { LiveCluster } from "../../kube/readCluster";
import type { Gap } from "./fleetReport";
import type { PinHistory } from "../../images/pinHistory";

/** What one agent should run, by the orgs' files and the reference stack's pins, or why that cannot be said. */
export interface AgentTarget {
    readonly stack: string;
    readonly org: string;
    readonly agent: string;
    readonly runtime: string;
    /** Days before the last day of an override from which a note says so. */
    readonly warnDays?: number;
    readonly chosen: ChosenImage;
}

/** What is known of one agent. */
export interface AgentFacts {
    readonly target?: AgentTarget;
    readonly deployed?: DeployedAgent;
    readonly live?: LiveAgent;
}

/** All that is known of a fleet. What is `undefined` was not read, and is then compared with nothing. */
export interface FleetFacts {
    readonly stacks: readonly string[];
    readonly targets?: readonly AgentTarget[];
    /** The stacks whose targets are all in `targets`. */
    readonly targetStacks?: ReadonlySet<string>;
    readonly deployed?: readonly DeployedAgent[];
    readonly live?: LiveCluster;
    /** What the runtimes should run, for agents that no stack owns. */
    readonly pins?: RuntimeImages;
    readonly history?: PinHistory;
    /** What could not be read, and why. */
    readonly gaps: readonly Gap[];
    readonly now: Date;
}
