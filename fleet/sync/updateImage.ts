import { whileWaiting } from "../../lib/system/whileWaiting";
import { ApiError } from "../../kube/apiError";
import type { KubeClient } from "../../kube/kubeClient";
import type { LiveDeployment } from "../../kube/liveObjects";
import { readDeployment } from "../../kube/readObjects";
import { KUBE_RETRIES } from "../../kube/retry";
import { type RetryPolicy, retry as retried, retryDelay } from "../../lib/http/retry";
import { pause } from "../../lib/system/pause";
import { BREAK_GLASS_ANNOTATION, type BreakGlass } from "../../kube/breakGlass";
import { type SyncDecision, type SyncRules, decideSync } from "./decideSync";

/** The field manager that the API server writes down as the image's owner. */
const SYNC_FIELD_MANAGER = "fleet-sync";

/** How an update is made. */
export interface UpdateOptions {
    readonly rules: SyncRules;
    /** Whether the API server only says what it would do. */
    readonly dryRun: boolean;
    /** Recorded on agents that Pulumi manages; `image` is filled in. */
    readonly breakGlass?: Omit<BreakGlass, "image">;
    readonly retry?: RetryPolicy;
    readonly signal?: AbortSignal;
}

/** What became of one agent. */
export type UpdateOutcome =
    | {
          readonly outcome: "updated";
          readonly from: string;
          readonly to: string;
          /** As the API server answered. */
          readonly deployment: LiveDeployment;
      }
    | Exclude<SyncDecision, { action: "update" }>;

/** Times that an object may change under our hands before it is called a failure. */
const MAX_CONFLICTS = 20;

/**
 * Brings one agent to its image. The patch names the images of its containers and tests that the object is the one that
 * was read; when it is not, or when the answer was lost, the object is read again and decided about again. So an image is
 * never overwritten that nobody looked at, and an update whose answer was lost is not made twice.
 *
 * @throws ApiError when the API server refuses, or cannot be reached for longer than the retries last
 */
export async function updateImage(
    client: KubeClient,
    first: LiveDeployment,
    options: UpdateOptions,
): Promise<UpdateOutcome> {
    const { rules, dryRun, retry = KUBE_RETRIES, signal } = options;
    let deployment = first;
    let failures = 0;
    let conflicts = 0;
    /** The update whose answer was lost: whether it was made is only seen in the object. */
    let lost: { readonly from: string; readonly to: string } | undefined;
    for (;;) {
        const decision = decideSync(deployment, rules);
        if (decision.action !== "update") {
            return decision.action === "current" && lost !== undefined && !dryRun
                ? { outcome: "updated", ...lost, deployment }
                : decision;
        }
        signal?.throwIfAborted();
        const { from, to } = decision;
        try {
            const answer = await client.request({
                method: "PATCH",
                path: deploymentPath(deployment),
                query: {
                    fieldManager: SYNC_FIELD_MANAGER,
                    dryRun: dryRun ? "All" : undefined,
                },
                contentType: "application/json-patch+json",
                body: imagePatch(deployment, decision, options.breakGlass),
            });
            const read = readDeployment(answer);
            return { outcome: "updated", from, to, deployment: read.ok ? read.object : deployment };
        } catch (error) {
            if (!(error instanceof ApiError)) {
                throw error;
            }
            const before = deployment.resourceVersion;
            if (error.transient) {
                lost ??= { from, to };
                failures++;
                if (failures >= retry.attempts) {
                    throw error;
                }
                await whileWaiting(`another attempt, since ${error.message}`, () =>
                    pause(retryDelay(retry, failures, error), signal),
                );
            } else if (error.status !== 409 && error.status !== 422) {
                throw error;
            }
            deployment = await readAgain(client, deployment, retry, signal);
            if (!error.transient) {
                conflicts++;
                // A 422 for an object that has not changed is a refusal, not a conflict.
                if (
                    (error.status === 422 && deployment.resourceVersion === before) ||
                    conflicts > MAX_CONFLICTS
                ) {
                    throw error;
                }
            }
        }
    }
}

/** Reads a Deployment afresh. @throws ApiError, also when it has become another object of the same name */
export async function readAgain(
    client: KubeClient,
    { namespace, name, uid }: Pick<LiveDeployment, "namespace" | "name" | "uid">,
    retry: RetryPolicy = KUBE_RETRIES,
    signal?: AbortSignal,
): Promise<LiveDeployment> {
    const path = deploymentPath({ namespace, name });
    const answer = await retried(() => client.request({ path, signal }), retry, signal);
    const read = readDeployment(answer);
    if (!read.ok) {
        throw new ApiError(read.problem, 500, "Unreadable");
    }
    if (read.object.uid !== uid) {
        throw new ApiError(`${path}: was deleted and made anew meanwhile`, 404, "NotFound");
    }
    return read.object;
}

function deploymentPath({ namespace, name }: Pick<LiveDeployment, "namespace" | "name">): string {
    return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`;
}

/** @see https://datatracker.ietf.org/doc/html/rfc6902 */
function imagePatch(
    deployment: LiveDeployment,
    { moves, to }: Extract<SyncDecision, { action: "update" }>,
    breakGlass: UpdateOptions["breakGlass"],
): readonly unknown[] {
    const test = (path: string, value: string) => ({ op: "test", path, value });
    return [
        test("/metadata/uid", deployment.uid),
        test("/metadata/resourceVersion", deployment.resourceVersion),
        ...moves.flatMap(({ list, index, container, from }) => {
            const place = `/spec/template/spec/${list}/${index}`;
            return [
                test(`${place}/name`, container),
                test(`${place}/image`, from),
                { op: "replace", path: `${place}/image`, value: to },
            ];
        }),
        ...(breakGlass === undefined ? [] : recordBreakGlass(deployment, { image: to, ...breakGlass })),
    ];
}

function recordBreakGlass(deployment: LiveDeployment, breakGlass: BreakGlass): readonly unknown[] {
    const key = BREAK_GLASS_ANNOTATION.replace("~", "~0").replace("/", "~1");
    return [
        ...(deployment.annotated ? [] : [{ op: "add", path: "/metadata/annotations", value: {} }]),
        { op: "add", path: `/metadata/annotations/${key}`, value: JSON.stringify(breakGlass) },
    ];
}
