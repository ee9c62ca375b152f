import { objectsOfManifest } from "../kubernetes/checkedObject";
import { deliveredPatches } from "../kubernetes/deliveries";
import { jsonPatchObject } from "../kubernetes/kustomizeImages";
import type { CheckInput, FileRole, InputObject, ReadValue } from "./checkInput";
import { inlineObjects } from "./inlinePatches";
import { isKustomization, readKustomization } from "./kustomization";
import { readJson } from "./readJson";
import { readYaml } from "./readYaml";

/** How a text is read. */
export interface ManifestOptions {
    /** What to call it: the file's path, `stdin`. */
    readonly file: string;
    /** Whether a document that is no Kubernetes object is left out instead of being a problem: in a directory of all sorts. */
    readonly skipOthers: boolean;
    /** What the file is for; a manifest of whole objects when absent. */
    readonly role?: FileRole;
}

/** Reads manifests: YAML of one or more documents, or JSON (objects, or lists of them). Never throws. */
export function readManifestText(text: string, options: ManifestOptions): CheckInput {
    const objects: InputObject[] = [];
    const problems: string[] = [];
    const notes: string[] = [];
    // A JSON patch is one list of operations, not a list of objects.
    const isOneList = options.role?.kind === "patch" && /^\s*\[/.test(text);
    const values = isOneList ? readYaml(text, options.file) : readValues(text, options.file);
    for (const read of values) {
        if (read.problem !== undefined) {
            problems.push(read.problem);
        } else if (read.value !== null && read.value !== undefined) {
            const found = objectsOf(read, options, { notes, problems });
            if (found !== undefined) {
                objects.push(...found);
            } else if (options.skipOthers) {
                notes.push(`${read.origin}: left out, it has no "apiVersion" and "kind"`);
            } else {
                problems.push(
                    `${read.origin}: is not a Kubernetes object, it has no "apiVersion" and "kind"`,
                );
            }
        }
    }
    return { objects, resources: [], problems, notes };
}

/** The documents of a text in JSON or YAML. */
export function readValues(text: string, file: string): ReadValue[] {
    return readJson(text, file) ?? readYaml(text, file);
}

/** What of a document there is to check; `undefined` for one that is no Kubernetes object. */
function objectsOf(
    { value, origin, locate }: ReadValue,
    { file, role }: ManifestOptions,
    { notes, problems }: { readonly notes: string[]; readonly problems: string[] },
): InputObject[] | undefined {
    if (isKustomization(value, file)) {
        const kustomization = readKustomization(value, file, locate);
        notes.push(...kustomization.notes);
        problems.push(...kustomization.problems);
        return kustomization.objects;
    }
    if (role?.kind === "aside") {
        notes.push(`${origin}: left out, ${role.why}`);
        // The one of kustomize's own settings that names an image to run.
        const settings = objectsOfManifest(value, origin) ?? [];
        return settings
            .filter(({ kind }) => kind === "ImageTagTransformer")
            .map((object) => ({ object, origin: file, locate }));
    }
    const patch = role?.kind === "patch";
    const found =
        (patch ? jsonPatchObject(value, origin, "") : undefined) ?? objectsOfManifest(value, origin, patch);
    return found
        ?.flatMap((object) => {
            const patches = inlineObjects(deliveredPatches(object), file, locate);
            problems.push(...patches.problems);
            return [object, ...patches.objects];
        })
        .map((object) => ({ object, origin: file, locate }));
}
