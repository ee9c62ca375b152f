import type { Place } from "../../config/sourceLines";
import type { Gap, RowProof, TargetImage } from "../stale/fleetReport";
import type { Lag } from "../stale/lag";
import type { FleetStatus } from "../stale/statuses";

/** The version of the JSON that `fleet explain --json` prints. */
export const EXPLANATION_SCHEMA_VERSION = 1;

/** One thing by which an agent runs what it runs, or does not run what it should. */
export interface Reason {
    readonly kind:
        | "pin"
        | "override"
        | "last-resort"
        | "ring"
        | "hold"
        | "queue"
        | "pause"
        | "freeze"
        | "break-glass"
        | "veto"
        | "by-hand"
        | "leaves"
        | "nobody"
        /** What `fleet stale` says of it. */
        | "note";
    readonly text: string;
    /** Where that is written; absent where it is in no file of the checkout. */
    readonly where?: Place;
}

/** Pods that run the same digest. */
export interface Running {
    /** `null` before the container runtime has pulled the image. */
    readonly digest: string | null;
    readonly pods: number;
    readonly ready: number;
    /** RFC 3339: when the oldest of their containers began; `null` where none runs. */
    readonly since: string | null;
}

/** A pin that the agent's runtime has had. */
export interface PinOfRuntime {
    readonly release: string;
    readonly image: string;
    /** RFC 3339; `null` where nobody recorded it. */
    readonly promotedAt: string | null;
    /** Whether it is the platform's pin now, what the agent should run, what its Deployment has. */
    readonly is: readonly ("pin" | "target" | "live")[];
}

/** What the next update of the stack does to the agent's image. */
export interface NextUpdate {
    /**
     * `refused`: the update of the whole stack is, before anything is changed. `keeps`: what it should run is not rolled now.
     * `fails`: at this agent.
     */
    readonly does: "nothing" | "rolls" | "creates" | "removes" | "keeps" | "refused" | "fails" | "unknown";
    /** The image that it leaves; `null` where it leaves none, or that is not known. */
    readonly image: string | null;
    readonly text: string;
    /** What would change that: commands, days, files. */
    readonly unless: readonly string[];
}

/** One value of an agent's pods, as JSON, and where it is written; absent for what is built in. */
export interface ExplainedValue {
    readonly word: string;
    readonly value: string;
    readonly where?: Place;
}

/** All that is to be said of one agent. */
export interface ExplainedAgent {
    readonly agent: string | null;
    readonly kind: string | null;
    readonly runtime: string | null;
    readonly stack: string | null;
    readonly cluster: string | null;
    readonly namespace: string;
    readonly deployment: string | null;
    readonly status: FleetStatus;
    /** What the live Deployment says; what was deployed where no cluster was read. */
    readonly image: string | null;
    /** Its name, where it is a release's. */
    readonly release: string | null;
    readonly running: readonly Running[];
    readonly target: TargetImage | null;
    readonly behind: Lag;
    readonly proof: RowProof | null;
    readonly why: readonly Reason[];
    /** Newest first; empty where the platform's stack exports none. */
    readonly history: readonly PinOfRuntime[];
    readonly next: NextUpdate;
    /** Sorted by word; empty where no file of the checkout has the agent. */
    readonly values: readonly ExplainedValue[];
}

/** What `fleet explain` found out. The documented schema of its JSON. */
export interface Explanation {
    readonly schemaVersion: typeof EXPLANATION_SCHEMA_VERSION;
    /** RFC 3339. */
    readonly generatedAt: string;
    readonly org: string;
    /** What could not be read. */
    readonly gaps: readonly Gap[];
    /** By name. */
    readonly agents: readonly ExplainedAgent[];
}
