import { homeGroup } from "./builtInWorkloads";
import type { CheckedObject } from "./checkedObject";
import { type ImageSite, joinPath } from "./imageSite";
import { renamedImages } from "./kustomizeImages";
import { membersOf, readField } from "./readField";

/** A value within an object, and where it stands. */
interface Found {
    readonly value: unknown;
    readonly path: string;
}

/** Paths of what changes delivered manifests on the way as a kustomization would (`images`, `patches`), by `group/Kind`; `*` stands for each member of a list. */
const OVERLAYS: ReadonlyMap<string, readonly string[]> = new Map([
    // https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
    ["argoproj.io/Application", ofSources("spec")],
    ["argoproj.io/ApplicationSet", ofSources("spec.template.spec")],
    // https://fluxcd.io/flux/components/kustomize/kustomizations/#images
    ["kustomize.toolkit.fluxcd.io/Kustomization", ["spec"]],
    // https://fluxcd.io/flux/components/helm/helmreleases/#post-renderers
    ["helm.toolkit.fluxcd.io/HelmRelease", ["spec.postRenderers.*.kustomize"]],
]);

function ofSources(spec: string): readonly string[] {
    return ["source", "sources.*", "sourceHydrator.drySource"].map((source) => `${spec}.${source}.kustomize`);
}

/** What an object changes in the manifests that it delivers; most change nothing. */
function overlaysOf({ apiVersion, kind, fields, pathPrefix }: CheckedObject): Found[] {
    const paths = OVERLAYS.get(`${homeGroup(apiVersion, kind)}/${kind}`) ?? [];
    return paths.flatMap((path) => descend(fields, path.split("."), pathPrefix));
}

/** The images that an object puts in the place of those in the manifests that it delivers, whatever digest stands there. */
export function deliveredImages(object: CheckedObject): ImageSite[] {
    return overlaysOf(object).flatMap(({ value, path }) => renamedImages(value, path));
}

/** Where the patches of an overlay stand that it writes out: as text, and as Flux took them before v1, as they are. */
const WRITTEN_PATCHES = ["patches.*.patch", "patchesStrategicMerge.*", "patchesJson6902.*.patch"];

/** The patches that an object writes out, and where; `template` where a generator fills in parts of them. */
export function deliveredPatches(
    object: CheckedObject,
): { readonly patch: unknown; readonly at: string; readonly template: boolean }[] {
    return overlaysOf(object)
        .flatMap(({ value, path }) =>
            WRITTEN_PATCHES.flatMap((each) => descend(value, each.split("."), path)),
        )
        .filter(({ value }) => value !== undefined && value !== null && value !== "")
        .map(({ value, path }) => ({
            ...{ patch: value, at: path },
            template: object.kind === "ApplicationSet",
        }));
}

function descend(value: unknown, [key, ...rest]: readonly string[], path: string): Found[] {
    if (key === undefined) {
        return [{ value, path }];
    }
    return key === "*"
        ? membersOf(value).flatMap((member, index) => descend(member, rest, joinPath(path, index)))
        : descend(readField(value, key), rest, joinPath(path, key));
}
