import type { Problem } from "./problem";

/** The version of the JSON report of `promote` and `rollback`. */
export const PROMOTION_REPORT_VERSION = 1;

/** What became of one runtime in one environment. */
export interface RuntimeReport {
    readonly runtime: string;
    /**
     * `promoted`: pinned, deployed and read back. `pinned`: the pin is written, and nothing was deployed (`--config-only`).
     * `already-current`: nothing to do. `left-behind`: not part of this promotion. `refused`: nothing was changed.
     * `failed`: see the problems.
     */
    readonly status: "promoted" | "pinned" | "already-current" | "left-behind" | "refused" | "failed";
    /** The image and release that it was pinned to; absent for a runtime that had no pin. */
    readonly from?: { readonly image: string; readonly release: string; readonly promotedAt?: string };
    /** What it is to be pinned to; absent when it is left behind. */
    readonly to?: { readonly image: string; readonly release: string };
    /** When the environment's control plane accepted the pin, RFC 3339. */
    readonly announcedAt?: string;
}

/** What became of one environment. */
export interface EnvironmentReport {
    readonly environment: string;
    /** `refused`: nothing was changed. `failed`: something went wrong after the checks. */
    readonly status: "promoted" | "pinned" | "already-current" | "refused" | "failed";
    readonly runtimes: readonly RuntimeReport[];
    readonly problems: readonly Problem[];
}

/** What a promotion did. */
export interface PromotionReport {
    readonly schemaVersion: typeof PROMOTION_REPORT_VERSION;
    /** The release's name; `rollback` has none. */
    readonly release?: string;
    readonly environments: readonly EnvironmentReport[];
    /** Why some runtimes were left out, or freeze windows and soak times passed over. */
    readonly partial?: string;
    readonly breakGlass?: string;
    /** The worst of all environments: 0 done, 1 refused or failed. */
    readonly exitCode: number;
}
