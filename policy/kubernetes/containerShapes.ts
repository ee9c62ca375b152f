import { namedImage } from "./namedImage";
import { UNKNOWN, isObject, readField } from "./readField";

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

/** Fields below which a custom resource keeps the values of a chart: what the chart makes of them is not in them. */
export const CHART_VALUES: ReadonlySet<string> = new Set([
    "values",
    "valuesObject",
    "valuesInline",
    "helmValues",
    "chartValues",
]);

const isText = (value: unknown): boolean => typeof value === "string";
const isTextOrList = (value: unknown): boolean => typeof value === "string" || Array.isArray(value);

/** Fields that only a container has next to an image, and what they hold there. */
const CONTAINER_MARKS: readonly [string, (value: unknown) => boolean][] = [
    ["imagePullPolicy", isText],
    ["command", isTextOrList],
    ["args", isTextOrList],
    ["cmd", isTextOrList],
    ["shell", isText],
    ["script", isText],
    ["volumeMounts", Array.isArray],
    ["envFrom", Array.isArray],
    ["env", Array.isArray],
    ["workingDir", isText],
    ["restartPolicy", isText],
    ["resources", isResources],
    ["securityContext", isObject],
    ["livenessProbe", isObject],
    ["readinessProbe", isObject],
];

/** Whether an object in a field of any name is a container: it has an image and something that only containers have. */
export function looksLikeContainer(holder: object): boolean {
    return (
        namedImage(holder) !== undefined &&
        CONTAINER_MARKS.some(([mark, fits]) => {
            const value = readField(holder, mark);
            return value !== UNKNOWN && fits(value);
        })
    );
}

/** `{ limits, requests }`; other things are called resources too. */
function isResources(value: unknown): boolean {
    return isObject(readField(value, "limits")) || isObject(readField(value, "requests"));
}
