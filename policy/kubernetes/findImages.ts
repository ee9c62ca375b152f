import { BUILT_IN_GROUPS, POD_SPEC_PATHS, homeGroup } from "./builtInWorkloads";
import { buildImages } from "./buildImages";
import type { CheckedObject } from "./checkedObject";
import { customResourceImages } from "./customResourceImages";
import { deliveredImages } from "./deliveries";
import { type ImageSite, joinPath } from "./imageSite";
import { KNOWN_IMAGE_FIELDS } from "./knownImageFields";
import { KUSTOMIZE_GROUP, kustomizeImages } from "./kustomizeImages";
import { wholeImageAt } from "./namedImage";
import { csiImage, podSpecImages } from "./podSpecImages";
import { UNKNOWN, readField, readPath } from "./readField";

/**
 * Every image that an object makes a node run. Built-in kinds are read by the table of where their pod spec is, so nothing
 * that merely looks like an image (a ConfigMap's data, a CRD's schema, an admission policy) is one; custom resources are
 * walked by shape.
 *
 * @throws Error for a custom resource that no API server would store.
 */
export function findImages(object: CheckedObject): ImageSite[] {
    const group = homeGroup(object.apiVersion, object.kind);
    if (object.kind.endsWith("List") && Object.hasOwn(object.fields, "items")) {
        return listImages(object);
    }
    if (group === KUSTOMIZE_GROUP || object.kind === "ImageTagTransformer") {
        return kustomizeImages(object);
    }
    if (group === "build.openshift.io") {
        return buildImages(object.fields, object.pathPrefix);
    }
    // A member of a list that does not say what it is has to be judged by its shape too.
    if (!BUILT_IN_GROUPS.has(group) || object.kind === "") {
        const sites = [...deliveredImages(object), ...customResourceImages(object)];
        const found = new Set(sites.map(({ path }) => path));
        return [...knownFieldImages(object, group).filter(({ path }) => !found.has(path)), ...sites];
    }
    if (object.kind === "PersistentVolume") {
        return csiImage(readField(object.fields, "spec"), `${object.pathPrefix}spec`, "image volume", false);
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

/** The image in a field that only the kind tells to be one. */
function knownFieldImages({ kind, fields, pathPrefix }: CheckedObject, group: string): ImageSite[] {
    const { path, what } = KNOWN_IMAGE_FIELDS.get(`${group}/${kind}`) ?? { path: "", what: "" };
    const keys = path.split(".");
    const image = wholeImageAt(readPath(fields, ...keys.slice(0, -1)), keys.at(-1) ?? "");
    return image === undefined ? [] : [{ path: pathPrefix + path, what, image, required: false }];
}

/** A list that was not taken apart. What is written as text or a map in place of its items is no list at all. */
function listImages({ fields, pathPrefix }: CheckedObject): ImageSite[] {
    const items = readField(fields, "items");
    if (items === null || items === undefined) {
        return [];
    }
    const whyUnjudged =
        items === UNKNOWN
            ? "items are not known during preview; they are checked at the update"
            : Array.isArray(items)
              ? "its items lie too deep in other lists"
              : "its items are no list";
    const path = joinPath(pathPrefix, "items");
    return [{ path, what: "list", image: UNKNOWN, whyUnjudged, required: false }];
}
