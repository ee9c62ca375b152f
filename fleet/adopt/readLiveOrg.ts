import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import type { KubeClient } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import { readDeployment, readNamespace } from "../../kube/readObjects";
import { KUBE_RETRIES } from "../../kube/retry";
import { retry } from "../../lib/http/retry";
import { MendableError } from "../../lib/text/mendableError";
import { type StackCluster, connectStack } from "../../engine/connectStack";
import { COMPANION_LISTS, type Companions, NO_COMPANIONS } from "./companions";
import { GUARD_NAMES, type LiveGuard } from "./importFile";
import { WORKLOAD_LISTS } from "./otherWorkloads";

/** What is live of an org that is to be adopted. */
export interface LiveOrg {
    /** The Deployments `agent-*`, as the API server sent them. */
    readonly deployments: readonly unknown[];
    readonly guards: readonly LiveGuard[];
    /** Kind → everything else that makes pods. */
    readonly others: ReadonlyMap<string, readonly unknown[]>;
    /** What the agents have beside their Deployments. */
    readonly companions: Companions;
}

/**
 * Reads the namespace of an org, from the cluster that the stack was applied to.
 *
 * @throws MendableError when it is another cluster, or the org is not there or managed already
 */
export async function readLiveOrg(wanted: StackCluster, slug: string): Promise<LiveOrg> {
    const namespace = `${ORG_NAMESPACE_PREFIX}${slug}`;
    const { client, state } = await connectStack(wanted);
    try {
        if (state.deployments?.some((each) => each.namespace === namespace) === true) {
            throw new MendableError(
                `the org "${slug}" is deployed by the stack "${wanted.stack}" already, so there is nothing to adopt; its file stays as it is`,
            );
        }
        const found = readNamespace(
            await retry(() => client.request({ path: `/api/v1/namespaces/${namespace}` }), KUBE_RETRIES),
        );
        if (!found.ok || found.object.deleting) {
            throw new MendableError(
                found.ok ? `the namespace "${namespace}" is being deleted` : found.problem,
            );
        }
        const list = async ([kind, path]: [string, string]): Promise<[string, readonly unknown[]]> => {
            const options = { path: path.replace("NAMESPACE", namespace) };
            return [kind, await listAll(client, options, (item) => item)];
        };
        const [guards, workloads, beside] = await Promise.all([
            readGuards(client, namespace),
            Promise.all(Object.entries(WORKLOAD_LISTS).map(list)),
            Promise.all(Object.entries(COMPANION_LISTS).map(list)),
        ]);
        const others = new Map(workloads);
        const companions: Companions = { ...NO_COMPANIONS, ...Object.fromEntries(beside) };
        const deployments = (others.get("Deployment") ?? []).filter((item) => {
            const read = readDeployment(item);
            return !read.ok || read.object.name.startsWith(AGENT_DEPLOYMENT_PREFIX);
        });
        return { deployments, guards, others, companions };
    } finally {
        client.close();
    }
}

const GUARD_PATHS: Readonly<Record<LiveGuard["kind"], string>> = {
    ServiceAccount: "/api/v1/namespaces/NAMESPACE/serviceaccounts",
    ResourceQuota: "/api/v1/namespaces/NAMESPACE/resourcequotas",
    LimitRange: "/api/v1/namespaces/NAMESPACE/limitranges",
    NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies",
};

async function readGuards(client: KubeClient, namespace: string): Promise<readonly LiveGuard[]> {
    const kinds = Object.keys(GUARD_PATHS) as LiveGuard["kind"][];
    const found = await Promise.all(
        kinds.map(async (kind) => {
            const path = GUARD_PATHS[kind].replace("NAMESPACE", namespace);
            const names = await listAll(client, { path }, (item) => readNamespace(item));
            return names.flatMap((read) =>
                read.ok && GUARD_NAMES[kind].includes(read.object.name)
                    ? [{ kind, name: read.object.name }]
                    : [],
            );
        }),
    );
    return found.flat();
}
