import { whileWaiting } from "../../lib/system/whileWaiting";
import { ApiError } from "../../kube/apiError";
import type { KubeClient } from "../../kube/kubeClient";
import type { LiveDeployment } from "../../kube/liveObjects";
import { type UpdateOptions, updateImage } from "./updateImage";
import { waitForRollout } from "./waitForRollout";

/** How a fleet is brought up to date. */
export interface SyncFleetOptions extends UpdateOptions {
    /** Whether to wait for the rollouts. */
    readonly wait: boolean;
    /** Seconds after which a rollout counts as failed. */
    readonly timeoutSeconds: number;
    /** Orgs that may be in a rollout, or left in a failed one, at the same time. */
    readonly maxUnavailableOrgs: number;
    /** Failed agents after which nothing more is begun. */
    readonly maxFailures: number;
}

/** What became of one agent. */
export interface SyncResult {
    readonly namespace: string;
    readonly deployment: string;
    readonly outcome: "updated" | "already-current" | "failed" | "skipped" | "not-tried";
    readonly from?: string;
    readonly to?: string;
    /** Why it failed or was skipped. */
    readonly reason?: string;
    /** It stays as it is, and nobody has decided that. */
    readonly leftBehind?: true;
}

/**
 * Brings all agents to their images, org by org: the agents of an org together, several orgs at a time. What fails in one org
 * stops no other one, until too many have failed; an org whose rollout failed keeps its place among the unavailable ones.
 *
 * Interrupted (by the signal) it begins nothing more, and a later run finds what is left by comparing again.
 *
 * @param onResult called once for each agent, as soon as it is known
 * @returns one result for each agent, in the order of `deployments`
 */
export async function syncFleet(
    client: KubeClient,
    deployments: readonly LiveDeployment[],
    options: SyncFleetOptions,
    onResult: (result: SyncResult) => void = () => undefined,
): Promise<readonly SyncResult[]> {
    const results = new Map<LiveDeployment, SyncResult>();
    let failures = 0;
    const conclude = (deployment: LiveDeployment, result: Omit<SyncResult, "namespace" | "deployment">) => {
        const full = { namespace: deployment.namespace, deployment: deployment.name, ...result };
        results.set(deployment, full);
        failures += result.outcome === "failed" ? 1 : 0;
        onResult(full);
    };
    const stopped = () => options.signal?.aborted === true || failures >= options.maxFailures;

    /** @returns whether the org is left unavailable */
    const syncOrg = async (agents: readonly LiveDeployment[]): Promise<boolean> => {
        const left = await Promise.all(
            agents.map(async (agent) => {
                if (stopped()) {
                    return false;
                }
                try {
                    return await syncAgent(client, agent, options, conclude);
                } catch (error) {
                    if (options.signal?.aborted !== true) {
                        if (error instanceof ApiError && error.status === 404) {
                            conclude(agent, { outcome: "skipped", reason: "it was deleted meanwhile" });
                            return false;
                        }
                        // Whatever it was: what became of the others must be told.
                        conclude(agent, { outcome: "failed", reason: (error as Error).message });
                    }
                    return false;
                }
            }),
        );
        return left.some(Boolean);
    };

    const orgs = [...Map.groupBy(deployments, ({ namespace }) => namespace).values()];
    const worker = async () => {
        for (let agents = orgs.shift(); agents !== undefined && !stopped(); agents = orgs.shift()) {
            if (await syncOrg(agents)) {
                return;
            }
        }
    };
    await Promise.all(Array.from({ length: options.maxUnavailableOrgs }, worker));
    return deployments.map((deployment) => {
        if (!results.has(deployment)) {
            conclude(deployment, { outcome: "not-tried", reason: whyStopped(options, failures) });
        }
        return results.get(deployment) as SyncResult;
    });
}

/** @returns whether its rollout failed, so that its org is left unavailable */
async function syncAgent(
    client: KubeClient,
    agent: LiveDeployment,
    options: SyncFleetOptions,
    conclude: (deployment: LiveDeployment, result: Omit<SyncResult, "namespace" | "deployment">) => void,
): Promise<boolean> {
    const update = await updateImage(client, agent, options);
    if ("action" in update && update.action === "skip") {
        const { reason, decided } = update;
        conclude(agent, { outcome: "skipped", reason, leftBehind: decided ? undefined : true });
        return false;
    }
    const done = "outcome" in update;
    const change = done ? { from: update.from, to: update.to } : {};
    const current = done ? update.deployment : agent;
    const wait = options.wait && !options.dryRun && (done || update.rolling);
    let failure: string | undefined;
    if (wait) {
        try {
            const rollout = () =>
                waitForRollout(client, current, {
                    timeoutMs: options.timeoutSeconds * 1000,
                    retry: options.retry,
                    signal: options.signal,
                });
            failure = await whileWaiting(`the rollout of "${agent.namespace}/${agent.name}"`, rollout);
        } catch (error) {
            if (options.signal?.aborted !== true || !done) {
                throw error;
            }
            // Updated all the same: a later run waits for the rest of its rollout.
        }
    }
    if (failure !== undefined) {
        conclude(agent, { outcome: "failed", reason: failure, ...change });
        return true;
    }
    conclude(agent, { outcome: done ? "updated" : "already-current", ...change });
    return false;
}

function whyStopped({ signal, maxFailures }: SyncFleetOptions, failures: number): string {
    if (signal?.aborted === true) {
        return "interrupted";
    }
    return failures >= maxFailures
        ? `${failures} agents have failed`
        : "too many orgs were left unavailable by rollouts that failed";
}
