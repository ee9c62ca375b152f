import type { BreakGlass } from "../../kube/breakGlass";
import { type RunningImage } from "../../kube/liveAgent";
import type { Lag } from "./lag";
import type { FleetStatus, StatusCounts } from "./statuses";

/** The version of the JSON that `fleet stale --json` prints. */
export const FLEET_REPORT_SCHEMA_VERSION = 1;

/** What an agent should run, and who says so. */
export interface TargetImage {
    readonly image: string;
    /** `pin`, `agent-override`, `org-override`, `stack-override`, `last-resort`. */
    readonly source: string;
    readonly release: string | null;
}

/** One agent, or a whole namespace that no stack owns and that has no agents. */
export interface FleetRow {
    readonly org: string;
    /** `null` for a namespace without agents. */
    readonly agent: string | null;
    readonly namespace: string;
    readonly deployment: string | null;
    readonly runtime: string | null;
    /** The stack that deployed it. */
    readonly stack: string | null;
    readonly status: FleetStatus;
    readonly target: TargetImage | null;
    /** What Pulumi last deployed. */
    readonly deployed: string | null;
    /** What the live Deployment says. */
    readonly live: string | null;
    /** The release of what it runs, where its image is a release's. */
    readonly release: string | null;
    /** What its pods really run; empty where pods were not read. */
    readonly running: readonly RunningImage[];
    readonly behind: Lag;
    /** The override that holds it. */
    readonly held: { readonly until: string; readonly by: string | null } | null;
    /** Who set the live image past Pulumi. */
    readonly breakGlass: BreakGlass | null;
    /** Sentences for people. */
    readonly notes: readonly string[];
}

/** Something that could not be compared. */
export interface Gap {
    /** What, and why. */
    readonly message: string;
    /** Whether the comparison is not what was asked for: false for what the caller left out, or what only says how far. */
    readonly serious: boolean;
}

/** What `fleet stale` found out. The documented schema of its JSON. */
export interface FleetReport {
    readonly schemaVersion: typeof FLEET_REPORT_SCHEMA_VERSION;
    /** RFC 3339. */
    readonly generatedAt: string;
    readonly stacks: readonly string[];
    /** What was compared. */
    readonly compared: { readonly target: boolean; readonly deployed: boolean; readonly cluster: boolean };
    readonly gaps: readonly Gap[];
    readonly counts: StatusCounts;
    /** The worst first. */
    readonly rows: readonly FleetRow[];
}
