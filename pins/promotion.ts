import type { Vetoes } from "../config/vetoes";
import type { DeployedPlatform } from "../engine/platformStack";
import type { Pin } from "../platform/platformConfig";
import type { Environment } from "./environment";
import type { Problem } from "./problem";
import type { Release, ReleasedImage } from "./release/release";
import type { OffAgent } from "./coreFleetLive";
import type { Act } from "./mayMove";

/** What is to be promoted, to whichever environment. */
export interface PromotionRequest {
    readonly release: Release;
    /** The runtimes that the release names, those among them whose entry is unusable too. */
    readonly named: readonly string[];
    /** Promote these runtimes only. */
    readonly only?: readonly string[];
    /** Tell the control plane also of what it has accepted before. */
    readonly announceAgain?: boolean;
    /** Why the release covers only some runtimes. */
    readonly partial?: string;
    /** Why freeze windows, soak times and the order of releases are passed over. */
    readonly breakGlass?: string;
    readonly now: Date;
}
/** What is known about one environment before it is promoted. */
export interface EnvironmentState {
    readonly environment: Environment;
    /** The environment of the soak time, when there is one and its file can be read. */
    readonly soakEnvironment: Environment | undefined;
    readonly vetoes: Vetoes;
    /** What the stack has deployed; `undefined` when nobody was asked. */
    readonly deployed: DeployedPlatform | undefined;
    /** What the environment of the soak time has deployed; `undefined` when nobody was asked. */
    readonly soakDeployed: DeployedPlatform | undefined;
    /** The core fleet's Deployments that are not on their pins; `undefined` when nobody was asked. */
    readonly off: readonly OffAgent[] | undefined;
}

/** What is to be done about one runtime. */
export interface RuntimePlan {
    readonly runtime: string;
    /**
     * `promote`: pin it to the target, deploy, announce. `deploy`: the pin is there, and it is not deployed, not proven, or not
     * what the cluster has. `announce`: the control plane alone has not accepted it. `pinned`: the pin is there, and nobody was
     * asked for more. `already-current`: nothing to do. `left-behind`: not part of this promotion.
     */
    readonly action: Act | "pinned" | "already-current" | "left-behind";
    /** The pin as it is; absent for a runtime that has none. */
    readonly current: Pin | undefined;
    /** What the release publishes for it; absent when it is left behind. */
    readonly target: ReleasedImage | undefined;
}
/** What is to be done in one environment. With a problem, nothing. */
export interface EnvironmentPlan {
    readonly runtimes: readonly RuntimePlan[];
    readonly problems: readonly Problem[];
}
