import { type CheckedObject, expandList } from "./checkedObject";
import { readField } from "./readField";

/** `kubernetes:<group>/<version>:<Kind>`, as the provider and its CustomResource class name their types. */
const TYPE_TOKEN = /^kubernetes:([^:/]*)\/?([^:/]*):([^:/]+)$/;

/**
 * Groups of types that are no Kubernetes objects but Pulumi components: what they create reaches the policies as resources
 * of their own, so reading their inputs too would report everything twice. `helm.sh/v3:Release` is no component, but has
 * a chart and no objects either.
 */
const COMPONENT_GROUPS: ReadonlySet<string> = new Set(["helm.sh", "kustomize", "yaml"]);

/** Pulumi YAML names a custom resource by this class; its properties say what it is. */
const UNTYPED_KINDS: ReadonlySet<string> = new Set(["CustomResource", "CustomResourcePatch"]);

/** The type of a Helm release that the provider installs by itself: its pods never become resources. */
export const HELM_RELEASE_TYPE = /^kubernetes:helm\.sh\/v\d+:Release$/;

/**
 * A Pulumi resource as the objects to check: one, the items of a list, or none when it is no Kubernetes object.
 *
 * @param type The resource's type token: `kubernetes:apps/v1:Deployment`.
 */
export function objectsOfResource(type: string, props: object, name: string): CheckedObject[] {
    const [, group = "", version = "", tokenKind = ""] = TYPE_TOKEN.exec(type) ?? [];
    if (tokenKind === "" || COMPONENT_GROUPS.has(group)) {
        return [];
    }
    const kind = readField(props, "kind");
    const apiVersion = readField(props, "apiVersion");
    const isUntyped =
        UNTYPED_KINDS.has(tokenKind) && typeof kind === "string" && typeof apiVersion === "string";
    const patch = tokenKind.endsWith("Patch") && (isUntyped || (kind !== tokenKind && tokenKind !== "Patch"));
    const ofToken = {
        apiVersion: group === "core" ? version : version === "" ? group : `${group}/${version}`,
        kind: patch ? tokenKind.slice(0, -"Patch".length) : tokenKind,
    };
    const named = isUntyped ? { apiVersion, kind } : ofToken;
    return expandList({ ...named, patch, fields: props, pathPrefix: "", fallbackName: name });
}
