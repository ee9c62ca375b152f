/**
 * The annotation by which the provider takes a field that another field manager owns, instead of failing with a conflict.
 *
 * What this program declares it owns: an image that somebody set with `kubectl set image` or `fleet sync --break-glass`, and
 * the namespace and the agents of an org that was made by hand and adopted. Fields that it does not declare stay whose they are.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const OWN_EVERY_FIELD = { "pulumi.com/patchForce": "true" } as const;
