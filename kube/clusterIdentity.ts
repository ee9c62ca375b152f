import { MendableError } from "../lib/text/mendableError";
import { retry } from "../lib/http/retry";
import { ApiError, NO_CREDENTIALS } from "./apiError";
import type { KubeClient } from "./kubeClient";
import { readNamespace } from "./readObjects";
import { READ_RETRIES } from "./retry";

/** Milliseconds in which the first question must be answered, however often it is asked: whoever waits has been told nothing by then. */
const DEADLINE_MS = 20_000;

/**
 * Asks which cluster a connection leads to: the uid of its namespace kube-system. The first question of every command that goes on
 * with the connection, so what a kubeconfig, a token or a network lacks is said here.
 *
 * @throws MendableError with the way out, when the cluster does not tell
 */
export async function readClusterIdentity(client: KubeClient, signal?: AbortSignal): Promise<string> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const until = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const ask = () => client.request({ path: "/api/v1/namespaces/kube-system", signal: until });
    let answer: unknown;
    try {
        answer = await retry(ask, READ_RETRIES, until);
    } catch (error) {
        if (deadline.aborted && signal?.aborted !== true) {
            const late = new ApiError(`no answer within ${DEADLINE_MS / 1000} s`, undefined, "ETIMEDOUT");
            throw new MendableError(describeSilence(client.context, late));
        }
        throw error instanceof ApiError ? new MendableError(describeSilence(client.context, error)) : error;
    }
    const read = readNamespace(answer);
    if (!read.ok || read.object.uid === "") {
        throw new MendableError(
            `the context "${client.context}" leads to a server that does not say which cluster it is; expected an API server of Kubernetes`,
        );
    }
    return read.object.uid;
}

function describeSilence(context: string, { status, reason, message }: ApiError): string {
    if (reason === NO_CREDENTIALS) {
        return `${message}; expected a kubeconfig whose user can log in: try "kubectl --context ${context} get namespaces"`;
    }
    switch (status) {
        case 401:
            return (
                `the cluster of the context "${context}" refuses these credentials (401): a token or certificate has expired, or is of another ` +
                "cluster; log in anew, or write the kubeconfig anew"
            );
        case 403:
            return (
                `the cluster of the context "${context}" does not tell which one it is (403); expected the right to get the namespace ` +
                `kube-system, whose uid is its identity: ${message}`
            );
        case undefined:
            return (
                `the cluster of the context "${context}" does not answer: ${message}; expected a kubeconfig that leads to it, and a network ` +
                "that reaches it"
            );
        default:
            return `the cluster of the context "${context}" does not tell which one it is: ${message}`;
    }
}
