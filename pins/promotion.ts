import type { Vetoes } from "../config/vetoes";
import type { DeployedPlatform } from "../engine/platformStack";
import type { Evidence, PinRecord } from "../platform/pinRecord";
import type { Pin } from "../platform/platformConfig";
import type { OffAgent } from "./coreFleetLive";
import type { Environment } from "./environment";
import type { Act, Move } from "./mayMove";
import type { Problem } from "./problem";
import type { Release } from "./release/release";

/** What is asked for, whichever way pins are moved. */
export interface AskedMove {
    readonly environments: readonly string[];
    /** Move these runtimes only. */
    readonly only?: readonly string[];
    /** Why checks that glass can be broken for are passed over. */
    readonly breakGlass?: string;
    /** Who does it: a person or a pipeline. */
    readonly by: string;
}

/** What is to be promoted, to whichever environment. Broken glass passes freeze windows, soak times and the order of releases. */
export interface PromotionRequest extends Pick<AskedMove, "only" | "breakGlass"> {
    readonly release: Release;
    /** The runtimes that the release names, those among them whose entry is unusable too. */
    readonly named: readonly string[];
    /** Queue the release where it only has to wait. */
    readonly whenAllowed?: boolean;
    /** Digest → the checks that it failed, by any release that is known. */
    readonly failed?: ReadonlyMap<string, readonly Evidence[]>;
    /** What could not be read of the other releases, a line each: any of them may say that it failed a check. */
    readonly unreadReleases?: readonly string[];
    /** Tell the control plane also of what it has accepted before. */
    readonly announceAgain?: boolean;
    /** Why the release covers only some runtimes. */
    readonly partial?: string;
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
    /** What the environment of the soak time has deployed; absent when nobody was asked. */
    readonly soakDeployed?: DeployedPlatform;
    /** Why that could not be read. */
    readonly soakUnread?: string;
    /** The core fleet's Deployments that are not on their pins; `undefined` when nobody was asked. */
    readonly off: readonly OffAgent[] | undefined;
}

/** What is to be done about one runtime, by a promotion or a rollback. */
export interface RuntimePlan {
    readonly runtime: string;
    /**
     * `promote`, `roll-back`: pin it to the target, deploy, announce; a rollback that finds it pinned finishes the rest. `deploy`: the
     * pin is there, and it is not deployed, not proven, or not what the cluster has. `announce`: the control plane alone has not
     * accepted it. `pinned`: the pin is there, and nobody was asked for more. `already-current`: nothing to do. `left-behind`: not
     * part of this.
     */
    readonly action: Act | "pinned" | "already-current" | "left-behind";
    /** The pin as it is; absent for a runtime that has none. */
    readonly current: Pin | undefined;
    /** What it is to be pinned to; absent when it is left behind. */
    readonly target: PinRecord | undefined;
}
/** What is to be done in one environment. With a problem, nothing. */
export interface EnvironmentPlan {
    readonly runtimes: readonly RuntimePlan[];
    readonly problems: readonly Problem[];
}

/** The acts of a plan, in its order. */
export function movesOf(runtimes: readonly RuntimePlan[]): readonly Move[] {
    return runtimes.flatMap(({ runtime, action, target }): Move[] =>
        action === "left-behind" || action === "already-current" || action === "pinned"
            ? []
            : [{ runtime, act: action, digest: target?.image.digest }],
    );
}

/** Whether a plan writes a new pin, and does not only finish what its pin asks for. */
export function isMoved({ action, current, target }: RuntimePlan): boolean {
    return (
        (action === "promote" || action === "roll-back") && current?.image?.digest !== target?.image.digest
    );
}

/** The rest of what is to be done with a pin that is there already. */
export function restOf(
    { environment, deployed, off }: Pick<EnvironmentState, "environment" | "deployed" | "off">,
    runtime: string,
    announceAgain = false,
): "pinned" | "deploy" | "announce" | "already-current" {
    const pin = environment.config.runtimes.get(runtime);
    if (deployed === undefined) {
        return "pinned";
    }
    const isOff = off?.some((agent) => agent.runtime === runtime) === true;
    if (isOff || deployed.images.get(runtime)?.image.digest !== pin?.image?.digest) {
        return "deploy";
    }
    const isTold =
        environment.config.promotion.controlPlane === undefined ||
        (pin?.announcedAt !== undefined && !announceAgain);
    return isTold ? "already-current" : "announce";
}
