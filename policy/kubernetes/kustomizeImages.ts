import type { CheckedObject } from "./checkedObject";
import { CHART_VALUES, FIELDS_WITHOUT_IMAGES } from "./containerShapes";
import { customResourceImages } from "./customResourceImages";
import { type ImageSite, joinPath } from "./imageSite";
import { hasTagOrDigest } from "./namedImage";
import { UNKNOWN, isObject, membersOf, readField } from "./readField";

/** The API group of kustomize's own files, which no API server knows. */
export const KUSTOMIZE_GROUP = "kustomize.config.k8s.io";

/** What a list of JSON patch operations is called, which has no kind of its own. */
const JSON_PATCH_KIND = "JsonPatch";

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
    const isPatch =
        Array.isArray(value) && value.every((each) => isObject(each) && "op" in each && "path" in each);
    return isPatch ? [{ ...JSON_PATCH, fields: value, pathPrefix, fallbackName }] : undefined;
}

const JSON_PATCH = { apiVersion: `${KUSTOMIZE_GROUP}/v1`, kind: JSON_PATCH_KIND, patch: true } as const;

/**
 * The images that a kustomization brings into the objects that it changes: new tags (`images`, an ImageTagTransformer) and
 * JSON patches.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
 */
export function kustomizeImages({ kind, fields, pathPrefix }: CheckedObject): ImageSite[] {
    if (kind === JSON_PATCH_KIND) {
        return membersOf(fields).flatMap((value, key) => patchedImages(value, joinPath(pathPrefix, key)));
    }
    if (kind === "ImageTagTransformer") {
        return renamedImage(readField(fields, "imageTag"), `${pathPrefix}imageTag`);
    }
    return renamedImages(fields, pathPrefix);
}

/** The entries of `images` of a kustomization, or of what is like one. */
export function renamedImages(value: unknown, path: string): ImageSite[] {
    return membersOf(readField(value, "images")).flatMap((entry, index) => {
        const at = joinPath(joinPath(path, "images"), index);
        return typeof entry === "string" ? setImage(entry, at) : renamedImage(entry, at);
    });
}

/**
 * An entry as `kustomize edit set image` takes it, and Argo CD: `[<name>=]<image>`. One without tag and digest changes the name alone.
 * What a generator fills in (`{{tag}}`) is not known.
 */
function setImage(entry: string, path: string): ImageSite[] {
    const image = entry.slice(entry.indexOf("=") + 1);
    const site = { path, what: "new image", required: false };
    return isFilledIn(image) ? [unjudged(site)] : hasTagOrDigest(image) ? [{ ...site, image }] : [];
}

/** Whether a generator or a substitution writes a part of it: `{{tag}}`, `${TAG}`. */
function isFilledIn(text: string): boolean {
    return /\{\{|\$\{/.test(text);
}

function unjudged(site: Omit<ImageSite, "image">): ImageSite {
    return { ...site, image: UNKNOWN, whyUnjudged: "what is filled in there is not known" };
}

/** One entry of `images`: a tag alone takes away whatever digest stood in the object. */
function renamedImage(entry: unknown, path: string): ImageSite[] {
    const tag = readField(entry, "newTag");
    const digest = readField(entry, "digest");
    if (tag === undefined || tag === null || tag === "" || (typeof digest === "string" && digest !== "")) {
        return [];
    }
    const renamed = readField(entry, "newName");
    const name = typeof renamed === "string" && renamed !== "" ? renamed : readField(entry, "name");
    const what = `new tag of "${String(readField(entry, "name"))}"`;
    const isKnown = typeof name === "string" && (typeof tag === "string" || typeof tag === "number");
    const image = isKnown ? `${name}:${tag}` : tag;
    const site = { path: joinPath(path, "newTag"), what, required: true };
    return [typeof image === "string" && isFilledIn(image) ? unjudged(site) : { ...site, image }];
}

/** One operation of a JSON patch: https://datatracker.ietf.org/doc/html/rfc6902 */
function patchedImages(operation: unknown, path: string): ImageSite[] {
    const op = readField(operation, "op");
    const pointer = readField(operation, "path");
    const value = readField(operation, "value");
    if ((op !== "add" && op !== "replace") || typeof pointer !== "string") {
        return [];
    }
    const keys = pointer
        .split("/")
        .slice(1)
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (keys.some((key) => FIELDS_WITHOUT_IMAGES.has(key) || CHART_VALUES.has(key) || key === "data")) {
        return [];
    }
    const at = joinPath(path, "value");
    const last = keys.at(-1);
    if (
        (typeof value === "string" || value === UNKNOWN) &&
        (last === "image" || (last === "reference" && keys.at(-2) === "image"))
    ) {
        return [{ path: at, what: `patched "${pointer}"`, image: value, required: true }];
    }
    return isObject(value) ? imagesOfValue(value, keys, at) : [];
}

/** The images of a value as if it stood where the operation puts it. */
function imagesOfValue(value: object, keys: readonly string[], path: string): ImageSite[] {
    const field = keys.findLast((key) => !/^(?:\d+|-)$/.test(key)) ?? "spec";
    const isMember = keys.at(-1) !== field && keys.length > 0;
    const fields = { [field]: isMember ? [value] : value };
    const root = joinPath("", field) + (isMember ? "[0]" : "");
    const sites = customResourceImages({ ...JSON_PATCH, fields, pathPrefix: "", fallbackName: "" });
    return sites.map((site) => ({ ...site, path: path + site.path.slice(root.length) }));
}
