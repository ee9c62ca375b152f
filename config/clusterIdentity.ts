/**
 * Why a cluster is not the one that a stack was applied to: a context's name can be pointed elsewhere. The one sentence of programs
 * and commands; a cluster's identity is the uid of its namespace kube-system.
 */
export function describeOtherCluster(context: string, expected: string, found: string): string {
    return (
        `The context "${context}" leads to another cluster than this stack was applied to before: ` +
        `expected the cluster "${expected}" (uid of its namespace kube-system), found "${found}". Nothing was changed. ` +
        "Point the context back, or deploy to the new cluster with a stack of its own."
    );
}
