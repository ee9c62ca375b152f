import * as path from "node:path";
import type { CheckedObject } from "../kubernetes/checkedObject";
import { KUSTOMIZE_GROUP } from "../kubernetes/kustomizeImages";
import { isObject, readField, readPath } from "../kubernetes/readField";
import type { FileRole, InputObject, ReadValue } from "./checkInput";
import { type InlinePatch, inlineObjects } from "./inlinePatches";

/** The names under which kustomize looks for its file. */
export const KUSTOMIZATION_NAMES: readonly string[] = [
    "kustomization.yaml",
    "kustomization.yml",
    "Kustomization",
];

/** What a kustomization says of other files and of images. */
export interface Kustomization {
    /** Itself, and the patches that are written out in it. */
    readonly objects: InputObject[];
    /** The files that it names, relative to its own directory, with what they are for; whole ones without a role. */
    readonly files: readonly { readonly file: string; readonly role?: FileRole }[];
    /** What it takes from elsewhere, which nobody can look at here. */
    readonly notes: readonly string[];
    /** The patches in it that cannot be read, one line each. */
    readonly problems: readonly string[];
}

/** Whether a value is a kustomization or component: by its group, or by its file's name where it does not say what it is. */
export function isKustomization(value: unknown, file: string): value is object {
    const apiVersion = readField(value, "apiVersion");
    if (typeof apiVersion === "string") {
        const kind = readField(value, "kind");
        return (
            apiVersion.startsWith(`${KUSTOMIZE_GROUP}/`) && (kind === "Kustomization" || kind === "Component")
        );
    }
    return isObject(value) && !Array.isArray(value) && KUSTOMIZATION_NAMES.includes(path.basename(file));
}

/** Lists of files that kustomize reads for itself: what stands in them is not created. */
const ASIDE_LISTS = ["generators", "transformers", "validators", "configurations", "crds"] as const;

/**
 * Reads a kustomization. A component is read alike.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function readKustomization(value: object, file: string, locate: ReadValue["locate"]): Kustomization {
    const kind = readField(value, "kind");
    const self: CheckedObject = {
        apiVersion: `${KUSTOMIZE_GROUP}/v1beta1`,
        kind: typeof kind === "string" ? kind : "Kustomization",
        patch: true,
        fields: value,
        pathPrefix: "",
        fallbackName: file,
    };
    const patches = patchesOf(value);
    const written = patches.filter(({ patch }) => patch !== undefined && patch !== "");
    const inline = inlineObjects(written, file, locate);
    const resources = texts(value, "resources").concat(texts(value, "bases"), texts(value, "components"));
    const remote = resources.filter(isRemote);
    const charts = readField(value, "helmCharts") ?? readField(value, "helmChartInflationGenerator");
    return {
        objects: [self, ...inline.objects].map((object) => ({ object, origin: file, locate })),
        files: [
            ...resources.filter((name) => !isRemote(name)).map((name) => ({ file: name })),
            ...patches.flatMap(({ file: name }) =>
                name === undefined ? [] : [{ file: name, role: { kind: "patch" } as const }],
            ),
            ...asideFiles(value),
        ],
        notes: [
            ...remote.map((name) => `${file}: "${name}" is fetched by kustomize and not looked at`),
            ...(charts === undefined ? [] : [`${file}: the charts that it renders are not looked at`]),
        ],
        problems: inline.problems,
    };
}

/** One that is written out, or in a file. */
interface Patch extends InlinePatch {
    readonly file?: string;
}

function patchesOf(value: object): Patch[] {
    const named = ["patches", "patchesJson6902"].flatMap((list) =>
        items(value, list).map((entry, index): Patch => {
            const patch = readField(entry, "patch");
            const file = readField(entry, "path");
            return {
                at: `${list}[${index}].patch`,
                patch: patch ?? undefined,
                file: typeof file === "string" ? file : undefined,
            };
        }),
    );
    const merged = items(value, "patchesStrategicMerge").map((entry, index): Patch => {
        const at = `patchesStrategicMerge[${index}]`;
        // Either a file's name or the patch itself.
        return typeof entry !== "string"
            ? { at, patch: entry }
            : entry.includes("\n")
              ? { at, patch: entry }
              : { at, patch: undefined, file: entry };
    });
    return [...named, ...merged];
}

function asideFiles(value: object): { file: string; role: FileRole }[] {
    const aside = (file: string, why: string): { file: string; role: FileRole } => ({
        file,
        role: { kind: "aside", why },
    });
    const own = ASIDE_LISTS.flatMap((list) =>
        texts(value, list)
            .filter((name) => !name.includes("\n"))
            .map((name) => aside(name, `it is one of kustomize's ${list}`)),
    );
    const content = ["configMapGenerator", "secretGenerator"].flatMap((list) =>
        items(value, list).flatMap((entry) =>
            [...texts(entry, "files"), ...texts(entry, "envs")].map((name) =>
                aside(name.slice(name.indexOf("=") + 1), `it is content for a ${list}`),
            ),
        ),
    );
    const others = [
        ...items(value, "replacements").map((entry) => readField(entry, "path")),
        ...items(value, "helmCharts").map((entry) => readField(entry, "valuesFile")),
        readPath(value, "openapi", "path"),
    ].filter((name) => typeof name === "string");
    return [...own, ...content, ...others.map((name) => aside(name, "it is kustomize's own setting"))];
}

function items(holder: unknown, key: string): unknown[] {
    const list = readField(holder, key);
    return Array.isArray(list) ? list : [];
}

function texts(holder: unknown, key: string): string[] {
    return items(holder, key).filter((item) => typeof item === "string");
}

function isRemote(name: string): boolean {
    return /^[a-z+]+:\/\/|^git@|^(?:www\.)?(?:github|gitlab)\.com\/|[?&]ref=|\.git(?:\/|$)/i.test(name);
}
