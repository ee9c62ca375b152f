import type { KubeClient } from "../../kube/kubeClient";
import { type LiveDeployment, selects } from "../../kube/liveObjects";
import { readPod } from "../../kube/readObjects";
import { listAll } from "../../kube/listAll";
import type { RetryPolicy } from "../../lib/http/retry";
import { pause } from "../../lib/system/pause";
import { describeFailure, isRolling } from "../../kube/liveAgent";
import { readAgain } from "./updateImage";

/** How a rollout is waited for. */
export interface WaitOptions {
    /** Milliseconds after which a rollout counts as failed. */
    readonly timeoutMs: number;
    readonly retry?: RetryPolicy;
    readonly signal?: AbortSignal;
}

/** The first look comes soon, the later ones less often: in milliseconds. */
const FIRST_LOOK_MS = 250;
const LAST_LOOK_MS = 2_000;

/**
 * Waits until every pod of a Deployment is of its present template and available.
 *
 * @returns why it failed; `undefined` when it did not
 * @throws ApiError when the API server cannot be reached for longer than the retries last; the signal's reason when aborted
 */
export async function waitForRollout(
    client: KubeClient,
    first: LiveDeployment,
    { timeoutMs, retry, signal }: WaitOptions,
): Promise<string | undefined> {
    const deadline = Date.now() + timeoutMs;
    let deployment = first;
    for (let look = FIRST_LOOK_MS; ; look = Math.min(LAST_LOOK_MS, look * 1.5)) {
        if (!isRolling(deployment)) {
            return undefined;
        }
        if (deployment.paused) {
            return "its Deployment was paused meanwhile";
        }
        const observed = deployment.observedGeneration >= deployment.generation;
        const late = Date.now() > deadline;
        if (late || (observed && deployment.conditions["Progressing"]?.status === "False")) {
            return (
                (await findFailure(client, deployment, retry)) ??
                `its rollout did not finish within ${Math.round(timeoutMs / 1000)} s`
            );
        }
        await pause(look, signal);
        deployment = await readAgain(client, deployment, retry, signal);
    }
}

/** The pods know better why than the Deployment does. */
async function findFailure(
    client: KubeClient,
    deployment: LiveDeployment,
    retry: RetryPolicy | undefined,
): Promise<string | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(deployment.namespace)}/pods`;
    const pods = await listAll(client, { path, retry }, readPod).catch(() => []);
    const own = pods.flatMap((pod) =>
        pod.ok && selects(deployment.selector, pod.object.labels) ? [pod.object] : [],
    );
    return describeFailure(deployment, own);
}
