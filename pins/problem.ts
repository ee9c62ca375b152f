/** The rule that a promotion does not meet; part of the JSON report. */
export type Check =
    | "release"
    | "config"
    | "coverage"
    | "digest"
    | "repository"
    | "evidence"
    | "registry"
    | "veto"
    | "hold"
    | "override"
    | "order"
    | "soak"
    | "freeze"
    | "deployed"
    | "others"
    | "cluster"
    | "token"
    | "engine"
    | "interrupted"
    | "update"
    | "control-plane";

/** One reason why an environment is not promoted. */
export interface Problem {
    readonly check: Check;
    /** Absent where the whole environment is concerned. */
    readonly runtime?: string;
    /** What is wrong, the value in quotes, what was expected and where to fix it. */
    readonly message: string;
    /** Whether something could not be found out; a rule that forbids it is known. */
    readonly unknown?: boolean;
    /** What it waits for, where it goes away by itself or by somebody's decision: `soak in staging until …`. */
    readonly waits?: string;
}

/** Why an environment was left alone after an interruption. */
export function notBegun({ reason }: AbortSignal): Problem {
    return { check: "interrupted", message: `${(reason as Error).message} (nothing was changed here)` };
}

/** A problem as one line: `prod: platform-agent: soak: …`. */
export function formatProblem(environment: string, { check, runtime, message }: Problem): string {
    return [environment, ...(runtime === undefined ? [] : [runtime]), check, message].join(": ");
}
