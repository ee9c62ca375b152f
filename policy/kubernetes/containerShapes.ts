import { UNKNOWN, readField } from "./readField";

/** Lists whose members are containers wherever a custom resource has them, and what a member is called. */
export const CONTAINER_LISTS: ReadonlyMap<string, string> = new Map([
    ["containers", "container"],
    ["initContainers", "init container"],
    ["ephemeralContainers", "ephemeral container"],
    ["sidecars", "sidecar"],
    ["sidecarContainers", "sidecar"],
    ["extraContainers", "container"],
    ["additionalContainers", "container"],
    ["extraInitContainers", "init container"],
]);

/** Fields whose object is one container when it has an image: Argo Workflows and Events, Tekton, DevWorkspace, KubeVirt. */
export const SINGLE_CONTAINERS: ReadonlyMap<string, string> = new Map([
    ["container", "container"],
    ["script", "script"],
    ["stepTemplate", "step template"],
    ["initContainer", "init container"],
    ["sidecar", "sidecar"],
    ["containerDisk", "container disk"],
]);

/** Fields below which nothing runs: metadata, what a controller reports, environment, schemas. */
export const FIELDS_WITHOUT_IMAGES: ReadonlySet<string> = new Set([
    "metadata",
    "status",
    "annotations",
    "labels",
    "env",
    "envFrom",
    "managedFields",
    "openAPIV3Schema",
]);

/** Fields that may hide containers as long as their value is not known. */
export const FIELDS_WITH_CONTAINERS: ReadonlySet<string> = new Set([
    ...CONTAINER_LISTS.keys(),
    ...SINGLE_CONTAINERS.keys(),
    "spec",
    "podSpec",
    "podTemplate",
    "steps",
    "tasks",
    "template",
    "templates",
]);

/** Fields that only a container has next to an image, and what they hold there. */
const CONTAINER_MARKS: readonly [string, (value: unknown) => boolean][] = [
    ["imagePullPolicy", (value) => typeof value === "string"],
    ["command", Array.isArray],
    ["args", Array.isArray],
    ["volumeMounts", Array.isArray],
    ["envFrom", Array.isArray],
    ["env", Array.isArray],
    ["workingDir", (value) => typeof value === "string"],
    ["livenessProbe", isObject],
    ["readinessProbe", isObject],
];

/** Fields that say that the image next to them is only a part of a reference: `{ repository, image, tag }`. */
const PART_MARKS = ["repository", "registry", "tag", "imageTag"] as const;

/** Whether an object in a field of any name is a container: it has an image and something that only containers have. */
export function looksLikeContainer(holder: object): boolean {
    return (
        namesImage(holder) &&
        CONTAINER_MARKS.some(([mark, fits]) => {
            const value = readField(holder, mark);
            return value !== UNKNOWN && fits(value);
        })
    );
}

/** Whether an object has an image that is the whole reference. Empty text means "the operator's default", as absence does. */
export function namesImage(holder: unknown): boolean {
    const image = readField(holder, "image");
    if (image !== UNKNOWN && (typeof image !== "string" || image === "")) {
        return false;
    }
    return holder === UNKNOWN || !PART_MARKS.some((mark) => Object.hasOwn(holder as object, mark));
}

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null;
}
