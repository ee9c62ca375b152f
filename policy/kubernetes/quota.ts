import { type Answer, allOf, anyOf, answer, isEmpty } from "./answer";
import type { CheckedObject } from "./checkedObject";
import { readField, readPath } from "./readField";

/** What a tenant can starve the others of, and the names that a quota has for it. */
export const QUOTA_RESOURCES: readonly (readonly [what: string, keys: readonly string[]])[] = [
    ["cpu", ["cpu", "requests.cpu", "limits.cpu"]],
    ["memory", ["memory", "requests.memory", "limits.memory"]],
    ["pods", ["pods", "count/pods"]],
];

/**
 * Whether a ResourceQuota limits a resource for all pods of its namespace. One with scopes counts only some of them.
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export function limits(object: CheckedObject, keys: readonly string[]): Answer {
    if (object.kind !== "ResourceQuota") {
        return "no";
    }
    const spec = readField(object.fields, "spec");
    return allOf([
        isEmpty(readField(spec, "scopes")),
        isEmpty(readPath(spec, "scopeSelector", "matchExpressions")),
        anyOf(
            keys.map((key) =>
                answer(readPath(spec, "hard", key), (value) => value !== undefined && value !== null),
            ),
        ),
    ]);
}
