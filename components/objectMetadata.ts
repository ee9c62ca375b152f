/**
 * The recommended labels of an object that this program owns.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 *
 * @param name what the object is: `agent`, `tenant-guards`
 * @param instance which one of them it is
 */
export function managedLabels(name: string, instance: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": "customer-orgs",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}

/**
 * The annotation by which the provider takes a field that another field manager owns, instead of failing with a conflict.
 *
 * What this program declares it owns: an image that somebody set with `kubectl set image` or `fleet sync --break-glass`, and
 * the namespace and the agents of an org that was made by hand and adopted. Fields that it does not declare stay whose they are.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const OWN_EVERY_FIELD = { "pulumi.com/patchForce": "true" } as const;

/**
 * The annotation by which the provider does not wait for an agent's rollout: the stack's own gate does, which knows all agents and
 * lets no customer's failure end the update of the others.
 */
export const ROLLED_BY_GATE = { "pulumi.com/skipAwait": "true" } as const;
