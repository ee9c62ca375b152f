import type { GateConfig } from "../config/gate";
import { formatImageReference } from "../images/imageReference";
import { type LiveAgent, digestOf } from "../kube/liveAgent";
import type { LivePod } from "../kube/liveObjects";

/** What one live agent says about the image that it was put on. */
export type AgentProof =
    /** It really runs the image, and has been ready for long enough. */
    | { readonly kind: "proves" }
    /** It really runs the image, and is not ready for long enough yet. */
    | { readonly kind: "soaking"; readonly until: Date }
    /** It is not there yet, or it cannot be told what it runs. */
    | { readonly kind: "unproven"; readonly why: string }
    /** It cannot run. `certain`: by a sign that does not pass by itself. */
    | { readonly kind: "failed"; readonly why: string; readonly certain: boolean }
    /** Nobody wants it to run. */
    | { readonly kind: "idle" };

/** Waiting reasons by which Kubernetes says that it has tried more than once, or will never try. */
const CERTAIN = /^(CrashLoopBackOff|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)\b/;

/**
 * Judges by facts of the API server alone: the controller has seen the present template and finished with it, and every pod's
 * `imageID` is one of the pin's digests, ready without a break since then. What cannot be read proves nothing. Pure.
 *
 * @param live the agent; `undefined` where the cluster has none
 * @param digests the pin's digest, and those of its platforms' manifests where it is an index; `undefined` where only the rollout
 *   is asked for, and what the pods really run is not
 */
export function judgeAgentProof(
    live: LiveAgent | undefined,
    image: string,
    digests: ReadonlySet<string> | undefined,
    gate: Pick<GateConfig, "soak" | "restarts">,
    now: Date,
): AgentProof {
    if (live === undefined) {
        return { kind: "unproven", why: "its Deployment is not there" };
    }
    const { deployment } = live;
    if (deployment.deleting) {
        return { kind: "unproven", why: "its Deployment is being deleted" };
    }
    if (live.image === undefined || formatImageReference(live.image) !== image) {
        return { kind: "unproven", why: "its Deployment has another image" };
    }
    if (deployment.observedGeneration < deployment.generation) {
        return { kind: "unproven", why: "its controller has not seen the present template" };
    }
    if (live.failure !== undefined) {
        return { kind: "failed", why: live.failure, certain: CERTAIN.test(live.failure) };
    }
    if (deployment.replicas === 0) {
        return { kind: "idle" };
    }
    if (deployment.paused) {
        return { kind: "unproven", why: "its rollout is paused" };
    }
    if (live.rolling) {
        return { kind: "unproven", why: "its rollout has not finished" };
    }
    const pods = live.pods.filter(({ deleting }) => !deleting);
    if (pods.length < deployment.replicas) {
        return { kind: "unproven", why: `${pods.length} of ${deployment.replicas} pods are there` };
    }
    return judgePods(pods, live.container, digests, gate, now);
}

function judgePods(
    pods: readonly LivePod[],
    container: string,
    digests: ReadonlySet<string> | undefined,
    gate: Pick<GateConfig, "soak" | "restarts">,
    now: Date,
): AgentProof {
    let since = 0;
    for (const pod of pods) {
        const digest = digestOf(pod, container);
        if (digests !== undefined && digest === undefined) {
            return { kind: "unproven", why: `the pod "${pod.name}" does not say what it runs` };
        }
        if (digests?.has(digest ?? "") === false) {
            return { kind: "unproven", why: `the pod "${pod.name}" runs "${digest ?? ""}"` };
        }
        const restarts = Math.max(...[...pod.initStatuses, ...pod.statuses].map((each) => each.restarts));
        if (restarts > gate.restarts) {
            return {
                kind: "unproven",
                why: `the pod "${pod.name}" was restarted ${restarts} times, expected at most ${gate.restarts}`,
            };
        }
        // The later of both: a pod's readiness is not always taken away when its container is started anew.
        const times = [pod.readySince, ...pod.statuses.map(({ startedAt }) => startedAt)].map(Date.parse);
        if (pod.readySince === "" || times.some(Number.isNaN)) {
            return { kind: "unproven", why: `the pod "${pod.name}" is not ready` };
        }
        since = Math.max(since, ...times);
    }
    const until = since + gate.soak;
    return until <= now.getTime() ? { kind: "proves" } : { kind: "soaking", until: new Date(until) };
}
