import type { CheckedObject } from "../kubernetes/checkedObject";
import { JSON_PATCH_KIND, KUSTOMIZE_GROUP } from "../kubernetes/kustomizeImages";

/**
 * A list of JSON patch operations (RFC 6902) as an object to check; `undefined` when a value is something else.
 *
 * @param pathPrefix Where the list stands in what was read.
 */
export function jsonPatchObject(
    value: unknown,
    fallbackName: string,
    pathPrefix: string,
): CheckedObject[] | undefined {
    if (!Array.isArray(value) || !value.every(isOperation)) {
        return undefined;
    }
    return [
        {
            apiVersion: `${KUSTOMIZE_GROUP}/v1`,
            kind: JSON_PATCH_KIND,
            patch: true,
            fields: value,
            pathPrefix,
            fallbackName,
        },
    ];
}

function isOperation(value: unknown): boolean {
    return typeof value === "object" && value !== null && "op" in value && "path" in value;
}
