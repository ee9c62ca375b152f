import { describeLiveAgent, type LiveAgent } from "../../kube/liveAgent";
import { readImage } from "../../images/imageReference";
import type { LiveDeployment, LivePod } from "../../kube/liveObjects";

/** What of a healthy agent with one ready pod a test says otherwise. */
export interface LiveAgentChanges {
    readonly namespace?: string;
    readonly image: string;
    /** What its pods say that they run; the image's own digest when left out. */
    readonly imageID?: string;
    readonly readySince?: string;
    readonly startedAt?: string;
    readonly restarts?: number;
    /** Why its container waits: `CrashLoopBackOff`. */
    readonly waiting?: string;
    readonly waitingMessage?: string;
    readonly deployment?: Partial<LiveDeployment>;
    readonly pod?: Partial<LivePod>;
    readonly pods?: number;
}

/** A live agent as the API server would describe it: rolled out, one pod, ready since noon of 1 July 2026. */
export function liveAgentOf(changes: LiveAgentChanges): LiveAgent {
    const { image, namespace = "org-acme", readySince = "2026-07-01T12:00:00Z", restarts = 0 } = changes;
    const waiting = changes.waiting ?? "";
    const count = changes.pods ?? 1;
    const deployment: LiveDeployment = {
        namespace,
        name: "agent-coder",
        uid: "u",
        resourceVersion: "1",
        labels: {},
        annotations: {},
        annotated: true,
        containers: [{ name: "agent", image: readImage(image) }],
        initContainers: [],
        imageManagers: {},
        selector: { matchLabels: { app: "coder" }, matchExpressions: [] },
        replicas: 1,
        paused: false,
        deleting: false,
        generation: 2,
        observedGeneration: 2,
        updatedReplicas: 1,
        availableReplicas: 1,
        totalReplicas: 1,
        conditions: {},
        ...changes.deployment,
    };
    const pod: LivePod = {
        namespace,
        name: "agent-coder-1",
        labels: { app: "coder" },
        containers: [{ name: "agent", image: readImage(image) }],
        initContainers: [],
        statuses: [
            {
                name: "agent",
                imageID: readImage(changes.imageID ?? image),
                ready: waiting === "",
                waitingReason: waiting,
                waitingMessage: changes.waitingMessage ?? "",
                restarts,
                startedAt: waiting === "" ? (changes.startedAt ?? readySince) : "",
            },
        ],
        initStatuses: [],
        phase: "Running",
        readySince,
        deleting: false,
        ...changes.pod,
    };
    return describeLiveAgent(
        deployment,
        Array.from({ length: count }, (_, index) => ({ ...pod, name: `agent-coder-${index + 1}` })),
    );
}
