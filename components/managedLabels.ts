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
