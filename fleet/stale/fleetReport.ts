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

/** What a stack knows of the image that one of its agents runs, by its output `proof`. */
export interface RowProof {
    /** `soaking`: only time is missing. `unproven`: more than that. */
    readonly state: "proven" | "soaking" | "unproven";
    /** RFC 3339: since when it is proven, or when it is at the earliest. */
    readonly at: string | null;
    /** Agents that ran it, `org/agent`, the first ten; or what is missing, and who holds back. */
    readonly by: readonly string[];
}

/** One agent, another workload on an agents' image, or a whole namespace that no stack owns and that has no agents. */
export interface FleetRow {
    /** The org's slug; `(core)` for the platform's own agents. */
    readonly org: string;
    /** The agent's name, or another workload's; `null` for a namespace without agents. */
    readonly agent: string | null;
    /** The kubeconfig context of its cluster; `null` where that is not known. */
    readonly cluster: string | null;
    readonly namespace: string;
    readonly deployment: string | null;
    /** What starts its pods: `Deployment`, `StatefulSet`, `CronJob`, `Pod` for a pod that nothing starts; `null` for a namespace. */
    readonly kind: string | null;
    readonly runtime: string | null;
    /** The stack that deployed it: `prod`, `platform/prod`. */
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
    /** What its stack knows of the image that it runs; `null` where it says nothing of it. */
    readonly proof: RowProof | null;
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

/** What one stack has proven of one runtime, and what is on its way there. */
export interface StackProof {
    readonly stack: string;
    readonly runtime: string;
    readonly proven: {
        readonly release: string;
        readonly image: string;
        /** RFC 3339; `null` where an earlier program did not say. */
        readonly since: string | null;
        /** `agents`, `passed-on`, `release` or `rollout`. */
        readonly by: string;
        /** How many agents ran it, and the first ten of them. */
        readonly count: number;
        readonly agents: readonly string[];
    } | null;
    readonly waiting: {
        readonly release: string;
        readonly image: string;
        /** What is missing, and who holds back. */
        readonly why: readonly string[];
        /** RFC 3339, where only time is missing. */
        readonly earliest: string | null;
    } | null;
}

/** A container with a mutable image that an image admission policy with `Deny` would keep from starting again. */
export interface StrandedContainer {
    readonly cluster: string;
    readonly namespace: string;
    /** `Deployment/agent-coder` */
    readonly workload: string;
    readonly container: string;
    readonly image: string;
}

/** What `fleet stale` found out. The documented schema of its JSON. */
export interface FleetReport {
    readonly schemaVersion: typeof FLEET_REPORT_SCHEMA_VERSION;
    /** RFC 3339. */
    readonly generatedAt: string;
    readonly stacks: readonly string[];
    /** The kubeconfig contexts of the clusters that were compared. */
    readonly clusters: readonly string[];
    /** What was compared, of every stack. */
    readonly compared: { readonly target: boolean; readonly deployed: boolean; readonly cluster: boolean };
    readonly gaps: readonly Gap[];
    /** Of all rows that the report is about, also where some of them are not shown. */
    readonly counts: StatusCounts;
    /** The worst first. */
    readonly rows: readonly FleetRow[];
    readonly proofs: readonly StackProof[];
    readonly stranded: readonly StrandedContainer[];
}
