import { BUILT_IN_GROUPS, POD_SPEC_PATHS } from "./builtInWorkloads";
import { type CheckedObject, groupOf } from "./checkedObject";
import { customResourceImages } from "./customResourceImages";
import { type ImageSite, joinPath } from "./imageSite";
import { podSpecImages } from "./podSpecImages";
import { UNKNOWN, readField } from "./readField";

/**
 * Every image that an object makes a node run. Built-in kinds are read by the table of where their pod spec is, so nothing
 * that merely looks like an image (a ConfigMap's data, a CRD's schema, an admission policy) is one; custom resources are
 * walked by shape.
 *
 * @throws ObjectTooLargeError for a custom resource that no API server would store.
 */
export function findImages(object: CheckedObject): ImageSite[] {
    // A member of a list that does not say what it is has to be judged by its shape too.
    if (!BUILT_IN_GROUPS.has(groupOf(object)) || object.kind === "") {
        return customResourceImages(object);
    }
    const keys = POD_SPEC_PATHS.get(object.kind);
    if (keys === undefined) {
        return [];
    }
    let value: unknown = object.fields;
    let path = object.pathPrefix;
    for (const key of keys) {
        value = readField(value, key);
        path = joinPath(path, key);
        if (value === UNKNOWN) {
            break;
        }
    }
    return podSpecImages(value, path, !object.patch);
}
