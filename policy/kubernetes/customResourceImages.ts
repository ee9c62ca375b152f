import { BUILT_IN_GROUPS, POD_SPEC_PATHS, homeGroup } from "./builtInWorkloads";
import type { CheckedObject } from "./checkedObject";
import {
    CHART_VALUES,
    CONTAINER_LISTS,
    FIELDS_WITHOUT_IMAGES,
    FIELDS_WITH_CONTAINERS,
    SINGLE_CONTAINERS,
    looksLikeContainer,
} from "./containerShapes";
import {
    fillsInImages,
    hasWholeTemplates,
    isArgoWorkflow,
    onlyDescribesWorkloads,
    stepsAreContainers,
} from "./customResourceKinds";
import { enforcedObjects } from "./enforcedObjects";
import { type ImageSite, type Place, pathOf } from "./imageSite";
import { namedImage } from "./namedImage";
import { bareImages } from "./bareImages";
import { containerImage, volumeImage } from "./podSpecImages";
import { UNKNOWN, isObject, membersOf, readField, readPath } from "./readField";

/** How much of one object is read: more than fits into the API server's 1.5 MiB, less than a bomb unfolds to. */
const MAX_VISITS = 500_000;

/** A part of the object that is still to be read. */
interface Visit {
    readonly value: object;
    readonly place: Place | undefined;
    /** The API group of the innermost whole object around it. */
    readonly group: string;
    /** Whether a container here must have an image. */
    readonly required: boolean;
    /** Whether whoever holds the object has judged already whether it is a container. */
    readonly judged: boolean;
}

/**
 * Every image in a custom resource, found by walking its fields: pod specs at any depth, and the single containers of kinds
 * that have no pod spec (workflow templates, Tekton steps).
 *
 * @throws Error for an object that no API server would store.
 */
export function customResourceImages(object: CheckedObject): ImageSite[] {
    const group = homeGroup(object.apiVersion, object.kind);
    const walk = new Walk(object, group);
    if (onlyDescribesWorkloads(group, object.kind)) {
        walk.addEnforced(group);
    } else if (group === "tekton.dev" && object.kind === "StepAction") {
        const spec = readField(object.fields, "spec");
        return [containerImage(spec, `${object.pathPrefix}spec`, "step action", !object.patch)];
    } else {
        const required = !object.patch && hasWholeTemplates(group, object.kind);
        walk.stack.push({ value: object.fields, place: undefined, group, judged: true, required });
    }
    // An explicit stack: a foreign object may be nested deeper than the call stack is.
    let visits = 0;
    for (let visit = walk.stack.pop(); visit !== undefined; visit = walk.stack.pop()) {
        if (++visits > MAX_VISITS) {
            throw new Error(`it has more than ${MAX_VISITS} fields, more than a Kubernetes object can have`);
        }
        walk.visit(visit);
    }
    // A container that is found by its list and by its shape is one.
    return [...Map.groupBy(walk.sites, ({ path }) => path).values()].flatMap((same) => same[0] ?? []);
}

/** The state of one walk: what was found, and what is still to be read. */
class Walk {
    readonly sites: ImageSite[] = [];
    readonly stack: Visit[] = [];
    /** Argo fills in what a template lacks from `templateDefaults`, so there a missing image is no mistake. */
    private readonly argoTemplatesAreWhole: boolean;
    /** Whether a pod template in the shape of a Deployment's has to be whole. */
    private readonly deploymentTemplatesAreWhole: boolean;

    constructor(
        private readonly object: CheckedObject,
        group: string,
    ) {
        this.deploymentTemplatesAreWhole = !object.patch && !fillsInImages(group, object.kind);
        this.argoTemplatesAreWhole =
            isArgoWorkflow(group, object.kind) &&
            readPath(object.fields, "spec", "templateDefaults") === undefined &&
            readPath(object.fields, "spec", "workflowSpec", "templateDefaults") === undefined;
    }

    /** Reads the objects that a policy creates; what it leaves out may be there already. */
    addEnforced(group: string): void {
        for (const enforced of enforcedObjects(group, this.object.kind, this.object.fields).reverse()) {
            const { value, place, apiVersion, kind } = enforced;
            const inner = innerGroup({ apiVersion, kind }, group);
            if (inner !== undefined) {
                this.stack.push({ value, place, group: inner, required: false, judged: true });
            }
        }
    }

    visit(visit: Visit): void {
        if (Array.isArray(visit.value)) {
            for (let index = visit.value.length - 1; index >= 0; index--) {
                const value = readField(visit.value, index);
                const place = { parent: visit.place, key: index };
                if (isObject(value)) {
                    this.stack.push({ ...visit, value, place });
                }
            }
            return;
        }
        const group = visit.place === undefined ? visit.group : innerGroup(visit.value, visit.group);
        if (group === undefined) {
            return;
        }
        const isContainer = !visit.judged && looksLikeContainer(visit.value);
        if (isContainer) {
            this.take(visit.value, visit.place, "container", false);
        }
        if (!visit.judged || visit.place === undefined) {
            const named = isContainer ? namedImage(visit.value)?.field : undefined;
            this.takeBare(visit.value, visit.place, named);
        }
        const children = Object.keys(visit.value)
            .filter((key) => !FIELDS_WITHOUT_IMAGES.has(key))
            .map((key) => this.field(visit, group, key))
            .filter((child) => child !== undefined);
        // Last in, first out: pushed backwards, so that findings come in the order of the text.
        this.stack.push(...children.reverse());
    }

    /** Judges one field of an object; answers what of it is still to be read. */
    private field(visit: Visit, group: string, key: string): Visit | undefined {
        const value = readField(visit.value, key);
        const place: Place = { parent: visit.place, key };
        // A patch within a custom resource is an overlay, whatever the kind.
        const required =
            key !== "patch" &&
            (visit.required || (this.deploymentTemplatesAreWhole && isDeploymentTemplate(place)));
        if (value === UNKNOWN) {
            if (FIELDS_WITH_CONTAINERS.has(key)) {
                this.take(UNKNOWN, place, `field "${key}"`, required);
            }
            return undefined;
        }
        if (!isObject(value) || (CHART_VALUES.has(key) && !Array.isArray(value))) {
            return undefined;
        }
        const next = { value, place, group, required };
        if (Array.isArray(value)) {
            return { ...next, judged: this.list(value, key, place, required, group, visit.value) };
        }
        const what = SINGLE_CONTAINERS.get(key) ?? CONTAINER_LISTS.get(key);
        const needsImage =
            required && this.argoTemplatesAreWhole && (key === "container" || key === "script");
        if (what === undefined || !(needsImage || namedImage(value) !== undefined)) {
            if (CONTAINER_LISTS.has(key)) {
                return { ...next, judged: this.map(value, place, CONTAINER_LISTS.get(key) ?? "container") };
            }
            return { ...next, judged: false };
        }
        this.take(value, place, what, needsImage);
        return { ...next, judged: true };
    }

    /** Takes the members of a list that are containers or image volumes; says whether its members are judged by that. */
    private list(
        list: readonly unknown[],
        key: string,
        place: Place,
        required: boolean,
        group: string,
        holder: object,
    ): boolean {
        const isSteps = key === "steps" && stepsAreContainers(group);
        const what = isSteps ? "step" : (CONTAINER_LISTS.get(key) ?? SINGLE_CONTAINERS.get(key));
        for (const [index, member] of membersOf(list).entries()) {
            const at: Place = { parent: place, key: index };
            if (key === "volumes") {
                this.takeVolume(member, at);
            } else if (what !== undefined) {
                const needsImage = isSteps
                    ? !borrowsImage(member, holder)
                    : required && CONTAINER_LISTS.has(key);
                if (
                    member === UNKNOWN ||
                    (isObject(member) && (needsImage || namedImage(member) !== undefined))
                ) {
                    this.take(member, at, what, needsImage);
                }
            } else if (member === UNKNOWN && FIELDS_WITH_CONTAINERS.has(key)) {
                this.take(UNKNOWN, at, `member of "${key}"`, required);
            }
        }
        return what !== undefined;
    }

    /** Takes the members of a map from names to containers. */
    private map(map: object, place: Place, what: string): boolean {
        for (const key of Object.keys(map)) {
            const member = readField(map, key);
            if (isObject(member) && namedImage(member) !== undefined) {
                this.take(member, { parent: place, key }, what, false);
            }
        }
        return true;
    }

    private take(container: unknown, place: Place | undefined, what: string, required: boolean): void {
        const path = pathOf(place, this.object.pathPrefix);
        this.sites.push(containerImage(container, path, what, required, namedImage(container)));
    }

    /** Whole references in fields that are called images. */
    private takeBare(holder: object, place: Place | undefined, taken: string | undefined): void {
        for (const { field, image } of bareImages(holder, place)) {
            if (field !== taken) {
                const path = pathOf({ parent: place, key: field }, this.object.pathPrefix);
                this.sites.push({ path, what: `field "${field}"`, image, required: false });
            }
        }
    }

    /** Image volumes, where their shape leaves no doubt: `image: { reference: "…" }`. */
    private takeVolume(volume: unknown, place: Place): void {
        const sites = volumeImage(volume, pathOf(place, this.object.pathPrefix), false);
        this.sites.push(...sites.filter(({ image }) => typeof image === "string" || image === UNKNOWN));
    }
}

/** A Tekton step takes its image from the step template or from a StepAction when it has none of its own. */
function borrowsImage(step: unknown, task: object): boolean {
    return readPath(task, "stepTemplate", "image") !== undefined || readField(step, "ref") !== undefined;
}

/** `spec.template.spec`, the shape of a Deployment: whoever copies it means a whole pod template. */
function isDeploymentTemplate(place: Place): boolean {
    const template = place.key === "spec" ? place.parent : undefined;
    const spec = template?.key === "template" ? template.parent : undefined;
    return spec?.key === "spec" && spec.parent === undefined;
}

/**
 * The group for what is inside an object. A whole object within another (a Crossplane manifest, a trigger's template) has its
 * own; `undefined` when it is of a kind that runs nothing.
 */
function innerGroup(holder: object, group: string): string | undefined {
    const apiVersion = readField(holder, "apiVersion");
    const kind = readField(holder, "kind");
    if (typeof apiVersion !== "string" || typeof kind !== "string") {
        return group;
    }
    const inner = homeGroup(apiVersion, kind);
    // A list is what its items are.
    const member = Array.isArray(readField(holder, "items")) ? kind.replace(/List$/, "") : kind;
    const runs = BUILT_IN_GROUPS.has(inner)
        ? member === "" || POD_SPEC_PATHS.has(member)
        : !onlyDescribesWorkloads(inner, member);
    return runs ? inner : undefined;
}
