import { type CheckedObject, objectsOfManifest } from "../kubernetes/checkedObject";
import { jsonPatchObject } from "../kubernetes/kustomizeImages";
import { UNKNOWN, isObject } from "../kubernetes/readField";
import type { ReadValue } from "./checkInput";
import { readYaml } from "./readYaml";

/** A patch that is written out in an object or a kustomization. */
export interface InlinePatch {
    /** What stands there; foreign: a text, or a patch as it is. */
    readonly patch: unknown;
    /** Its path from the top of what holds it. */
    readonly at: string;
    /** Whether a generator fills in what stands in `{{…}}`. */
    readonly template?: boolean;
}

/** What inline patches change, to be judged. */
export interface InlineObjects {
    /** The patches as objects of their own, with paths from the top of what holds them. */
    readonly objects: readonly CheckedObject[];
    /** One line for each patch that cannot be read, which whoever applies it cannot either. */
    readonly problems: readonly string[];
}

/**
 * Reads patches that stand in what was read from a file, most of them as text: objects to be merged, or lists of operations of a JSON patch.
 *
 * @param locate finds the line of a path within what holds them
 */
export function inlineObjects(
    patches: readonly InlinePatch[],
    file: string,
    locate: ReadValue["locate"],
): InlineObjects {
    const read = patches.map((patch) => {
        const where = () => `${file}:${locate(patch.at).line}: the patch at "${patch.at}"`;
        return readPatch(patch, file, where);
    });
    return {
        objects: read.flatMap(({ objects }) => objects),
        problems: read.flatMap(({ problems }) => problems),
    };
}

function readPatch(
    { patch, at, template = false }: InlinePatch,
    file: string,
    where: () => string,
): InlineObjects {
    const isFilledIn = template && typeof patch === "string" && patch.includes("{{");
    const problems: string[] = [];
    const values = isFilledIn
        ? readYaml(patch.replaceAll(FILL_IN, FILLED_IN), at)
        : typeof patch === "string"
          ? readYaml(patch, at)
          : [{ value: patch, problem: undefined }];
    const objects = values.flatMap((read) => {
        if (read.problem !== undefined) {
            const why = read.problem.slice(read.problem.indexOf(": ") + 2);
            problems.push(`${where()} ${why}${isFilledIn ? ", before a generator has filled it in" : ""}`);
            return [];
        }
        const value = isFilledIn ? withUnknowns(read.value) : read.value;
        if (value === null || value === undefined) {
            return [];
        }
        const found = jsonPatchObject(value, file, at) ?? objectsOfManifest(value, file, true);
        if (found === undefined) {
            problems.push(
                `${where()} is no patch; expected an object with "apiVersion" and "kind", or a list of operations with "op" and "path"`,
            );
        }
        return found ?? [];
    });
    return {
        objects: objects.map((object) =>
            object.pathPrefix === at ? object : { ...object, pathPrefix: `${at}.${object.pathPrefix}` },
        ),
        problems,
    };
}

/** What a generator fills in: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/ */
const FILL_IN = /\{\{[^]*?\}\}/g;

/** Stands in its place while YAML is read, which knows no templates. */
const FILLED_IN = "what-a-generator-fills-in";

/** Each text that a generator writes a part of is not known. */
function withUnknowns(value: unknown): unknown {
    if (typeof value === "string") {
        return value.includes(FILLED_IN) ? UNKNOWN : value;
    }
    if (Array.isArray(value)) {
        return value.map(withUnknowns);
    }
    return isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withUnknowns(each)]))
        : value;
}
