import { UNKNOWN, isObject, membersOf, readField, readPath } from "./readField";

/** A Kubernetes object as the rules see it, whether it came from Pulumi, a manifest or an exported state. */
export interface CheckedObject {
    /** As in a manifest: `v1`, `apps/v1`. */
    readonly apiVersion: string;
    /** As in a manifest, never with `Patch` behind it. */
    readonly kind: string;
    /** Whether it changes single fields of an object that exists (Pulumi's `DeploymentPatch`): nothing has to be there. */
    readonly patch: boolean;
    /** `metadata`, `spec` and so on; foreign, and possibly behind a proxy: read it with `readField`. */
    readonly fields: object;
    /** What stands before a path within `fields`: `items[3].` for the fourth object of a list, else empty. */
    readonly pathPrefix: string;
    /** What to call it when it has no name of its own yet: Pulumi's logical name, or where it was read. */
    readonly fallbackName: string;
}

/** The API group: the part of `apiVersion` before the slash, empty for the core group. */
export function groupOf(object: Pick<CheckedObject, "apiVersion">): string {
    const slash = object.apiVersion.indexOf("/");
    return slash < 0 ? "" : object.apiVersion.slice(0, slash);
}

/** `metadata.name`, {@link UNKNOWN}, or `undefined`. */
export function nameOf(object: CheckedObject): string | typeof UNKNOWN | undefined {
    return textOrUnknown(readPath(object.fields, "metadata", "name"));
}

/** `metadata.namespace`, {@link UNKNOWN}, or `undefined` where none is written. */
export function namespaceOf(object: CheckedObject): string | typeof UNKNOWN | undefined {
    return textOrUnknown(readPath(object.fields, "metadata", "namespace"));
}

/** One of `metadata.annotations`. */
export function annotationOf(object: CheckedObject, key: string): string | typeof UNKNOWN | undefined {
    return textOrUnknown(readPath(object.fields, "metadata", "annotations", key));
}

/** One of `metadata.labels`. */
export function labelOf(object: CheckedObject, key: string): string | typeof UNKNOWN | undefined {
    return textOrUnknown(readPath(object.fields, "metadata", "labels", key));
}

/** What a person calls the object: `Deployment org-acme/agent-main`. */
export function describeObject(object: CheckedObject): string {
    const name = nameOf(object);
    const namespace = namespaceOf(object);
    const prefix = typeof namespace === "string" ? `${namespace}/` : "";
    return `${object.kind} ${prefix}${typeof name === "string" ? name : object.fallbackName}`;
}

/**
 * A manifest as an object to check, a list as its items. `undefined` when it has no `apiVersion` and `kind`, which no
 * Kubernetes object lacks.
 *
 * @param patch Whether it is laid over an object that is whole elsewhere.
 */
export function objectsOfManifest(
    manifest: unknown,
    fallbackName: string,
    patch = false,
): CheckedObject[] | undefined {
    const apiVersion = readField(manifest, "apiVersion");
    const kind = readField(manifest, "kind");
    if (typeof apiVersion !== "string" || apiVersion === "" || typeof kind !== "string" || kind === "") {
        return undefined;
    }
    const fields = manifest as object;
    return expandList({ apiVersion, kind, patch, fields, pathPrefix: "", fallbackName });
}

/** How deep lists may hold lists. The API server knows no such thing; a foreign manifest might, even in a circle. */
const MAX_LIST_DEPTH = 1_000;

/**
 * A list (`List`, `DeploymentList`) as its items, each with the kind that the list implies; any other object as itself. A
 * list that is not taken apart, since its items are not known or lie too deep, stays: `findImages` says that it cannot be judged.
 */
export function expandList(object: CheckedObject): CheckedObject[] {
    const objects: CheckedObject[] = [];
    const stack = [{ object, depth: 0 }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        const items = next.depth < MAX_LIST_DEPTH ? itemsOf(next.object) : undefined;
        if (items === undefined) {
            objects.push(next.object);
            continue;
        }
        const { depth } = next;
        stack.push(...items.map((item) => ({ object: item, depth: depth + 1 })).reverse());
    }
    return objects;
}

/** The items of a list, `undefined` when it is none. */
function itemsOf(object: CheckedObject): CheckedObject[] | undefined {
    const items = object.kind.endsWith("List") ? readField(object.fields, "items") : undefined;
    if (!Array.isArray(items)) {
        return undefined;
    }
    const members = membersOf(items);
    // Those that are not known are a list that cannot be judged, beside those that can.
    const unknown = members.includes(UNKNOWN) ? [{ ...object, fields: { items: UNKNOWN } }] : [];
    const known = members.flatMap((fields, index): CheckedObject[] => {
        if (!isObject(fields)) {
            return [];
        }
        const apiVersion = readField(fields, "apiVersion");
        const kind = readField(fields, "kind");
        return [
            {
                apiVersion: typeof apiVersion === "string" ? apiVersion : object.apiVersion,
                kind: typeof kind === "string" ? kind : object.kind.slice(0, -"List".length),
                patch: object.patch,
                fields,
                pathPrefix: `${object.pathPrefix}items[${index}].`,
                fallbackName: `${object.fallbackName}[${index}]`,
            },
        ];
    });
    return [...known, ...unknown];
}

function textOrUnknown(value: unknown): string | typeof UNKNOWN | undefined {
    return typeof value === "string" || value === UNKNOWN ? value : undefined;
}
