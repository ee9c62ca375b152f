import { formatImageReference } from "../../../images/imageReference";
import type { LiveAgent } from "../../../kube/liveAgent";
import { type LiveAgentChanges, liveAgentOf } from "../liveAgents";
import { pinned } from "../sampleImages";

/** What becomes of an image: it runs, it never starts, it starts on some agents alone, or it dies after {@link DIES_AFTER_MS}. */
export type Fate = "good" | "crashes" | "crashes on one" | "dies";

/** Long enough to be ready when an update ends, and shorter than every soak. */
const DIES_AFTER_MS = 20_000;

interface Pod {
    readonly digest: string;
    /** Milliseconds; absent while it is not ready. */
    readySince: number | undefined;
    restarts: number;
}

/** A Deployment of one pod with the controllers behind it, each of whose steps is taken when it is told to. */
export class SimulatedAgent {
    /** What its template says; nothing before the first update. */
    public wanted: string | undefined;
    private seen = true;
    private pod: Pod | undefined;
    private crashing = false;

    public constructor(private readonly index: number) {}

    /** Changes the template. */
    public deploy(digest: string): void {
        if (this.wanted !== digest) {
            this.wanted = digest;
            this.seen = false;
            this.crashing = false;
        }
    }

    /** Lets its controllers do what is next: see the template, then start a pod, whose predecessor runs until it is ready. */
    public control(fateOf: (digest: string) => Fate, now: number): void {
        const { wanted } = this;
        if (!this.seen) {
            this.seen = true;
        } else if (wanted !== undefined && this.pod?.digest !== wanted) {
            const fate = fateOf(wanted);
            this.crashing = fate === "crashes" || (fate === "crashes on one" && this.index === 0);
            if (!this.crashing) {
                this.pod = { digest: wanted, readySince: now, restarts: 0 };
            }
        }
    }

    /** Lets what dies by itself die, when time has passed. */
    public age(fateOf: (digest: string) => Fate, now: number): void {
        const { pod } = this;
        if (pod?.readySince !== undefined && fateOf(pod.digest) === "dies") {
            pod.readySince = now - pod.readySince >= DIES_AFTER_MS ? undefined : pod.readySince;
        }
    }

    /** Starts its container anew, in the same pod. */
    public restartContainer(now: number): void {
        if (this.pod?.readySince !== undefined) {
            this.pod.readySince = now;
            this.pod.restarts++;
        }
    }

    /** Replaces its pod, as a node that is drained does. */
    public replacePod(now: number): void {
        if (this.pod !== undefined) {
            this.pod = { ...this.pod, readySince: now, restarts: 0 };
        }
    }

    /** Whether its rollout is over, by failure or success. */
    public get isSettled(): boolean {
        return this.seen && (this.crashing || this.wanted === this.pod?.digest);
    }

    public get hasFailed(): boolean {
        return this.crashing;
    }

    /** The digest that it has really run for at least `soak` without a break: what a proof may be of, seen from outside. */
    public soaked(soak: number, now: number): string | undefined {
        const { pod } = this;
        return pod?.readySince !== undefined && pod.restarts === 0 && now - pod.readySince >= soak
            ? pod.digest
            : undefined;
    }

    /** As the API server describes it; nothing where it has none. */
    public describe(): LiveAgent | undefined {
        const { wanted, pod, seen, crashing } = this;
        if (wanted === undefined) {
            return undefined;
        }
        const isRolled = seen && pod?.digest === wanted;
        const changes: LiveAgentChanges = {
            image: imageOf(wanted),
            imageID: imageOf(pod?.digest ?? wanted),
            pods: pod === undefined && !crashing ? 0 : 1,
            readySince: pod?.readySince === undefined ? "" : new Date(pod.readySince).toISOString(),
            restarts: pod?.restarts ?? 0,
            deployment: {
                generation: 2,
                observedGeneration: seen ? 2 : 1,
                updatedReplicas: isRolled ? 1 : 0,
                availableReplicas: isRolled && pod.readySince !== undefined ? 1 : 0,
            },
        };
        return liveAgentOf(crashing ? { ...changes, waiting: "CrashLoopBackOff" } : changes);
    }
}

/** The image of a digest, of the one runtime of these fleets. */
export function imageOf(digest: string): string {
    return formatImageReference(pinned(`ghcr.io/genbrain/claude-code@${digest}`));
}
