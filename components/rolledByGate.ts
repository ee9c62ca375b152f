/**
 * The annotation by which the provider does not wait for an agent's rollout: the stack's own gate does, which knows all agents and
 * lets no customer's failure end the update of the others.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const ROLLED_BY_GATE = { "pulumi.com/skipAwait": "true" } as const;
