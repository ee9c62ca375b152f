import type { LiveCluster } from "../../kube/readCluster";

/** Where to look. */
export interface FleetSources {
    /** The customer-orgs project: the directory with Pulumi.yaml, the stacks' files and `orgs/`. */
    readonly project: string;
    /** The stacks, by their short names: `prod`. */
    readonly stacks: readonly string[];
    /** Whether to ask the engine for what no file tells. */
    readonly engine: boolean;
    /** Stack → file with its outputs or exported state, instead of the engine. */
    readonly outputsFiles: ReadonlyMap<string, string>;
    /** File with the reference stack's outputs or state, instead of the engine. */
    readonly referenceFile?: string;
    /** Whether to look into the clusters. */
    readonly cluster: boolean;
    readonly kubeconfig?: string;
    readonly context?: string;
    /** Whether to read pods, for what really runs. */
    readonly pods: boolean;
    readonly namespaceSelector?: string;
    readonly excludeNamespaces: readonly string[];
    readonly signal?: AbortSignal;
    /** Looks into a cluster for whoever knows it already; it is read anew when left out. @throws MendableError where it cannot */
    readonly readLive?: (
        where: { readonly context?: string; readonly kubeconfig?: string },
        coreNamespaces: readonly string[],
    ) => Promise<LiveCluster>;
}
