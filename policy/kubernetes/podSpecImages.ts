import { quoteValue } from "../../lib/text/quoteValue";
import { type ImageSite, joinPath } from "./imageSite";
import type { NamedImage } from "./namedImage";
import { UNKNOWN, isObject, membersOf, readField, readPath } from "./readField";

/** The lists of a pod spec whose members name images, and what a member of each is called. */
const POD_LISTS = [
    ["initContainers", "init container"],
    ["containers", "container"],
    ["ephemeralContainers", "ephemeral container"],
    ["volumes", "volume"],
] as const;

/**
 * Every image of a pod spec: containers, init containers, ephemeral containers and image volumes.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
 *
 * @param path The pod spec's own path.
 * @param required Whether a container without an image is a mistake (not so in a patch).
 */
export function podSpecImages(podSpec: unknown, path: string, required: boolean): ImageSite[] {
    if (podSpec === UNKNOWN) {
        return [{ path, what: "pod spec", image: UNKNOWN, required }];
    }
    if (isMisshapen(podSpec, isMap)) {
        return [misshapen(path, "pod spec", podSpec)];
    }
    return POD_LISTS.flatMap(([list, what]): ImageSite[] => {
        const members = readField(podSpec, list);
        const listPath = joinPath(path, list);
        if (members === UNKNOWN) {
            return [{ path: listPath, what: `list of ${what}s`, image: UNKNOWN, required }];
        }
        if (isMisshapen(members, Array.isArray)) {
            return [misshapen(listPath, `list of ${what}s`, members)];
        }
        return membersOf(members).flatMap((member, index) => {
            const at = joinPath(listPath, index);
            return list === "volumes"
                ? volumeImage(member, at, required)
                : [containerImage(member, at, what, required)];
        });
    });
}

/**
 * The image of one container.
 *
 * @param named What it names where that is not its field `image` as it stands.
 */
export function containerImage(
    container: unknown,
    path: string,
    what: string,
    required: boolean,
    named?: NamedImage,
): ImageSite {
    const name = readField(container, "name");
    return {
        path: container === UNKNOWN ? path : joinPath(path, named?.field ?? "image"),
        what: typeof name === "string" ? `${what} "${name}"` : what,
        containerName: typeof name === "string" ? name : undefined,
        image: named === undefined ? readField(container, "image") : named.image,
        required,
    };
}

/**
 * The image of an image volume (`volumes[].image.reference`, or the volume of a CSI driver that mounts images), none when the
 * volume is of another type.
 */
export function volumeImage(volume: unknown, path: string, required: boolean): ImageSite[] {
    const name = readField(volume, "name");
    const what = typeof name === "string" ? `image volume "${name}"` : "image volume";
    const image = readField(volume, "image");
    if (image === undefined || image === null) {
        return csiImage(volume, path, what, required);
    }
    const imagePath = volume === UNKNOWN ? path : joinPath(path, "image");
    const at = image === UNKNOWN ? imagePath : joinPath(imagePath, "reference");
    return [{ path: at, what, image: readField(image, "reference"), required }];
}

/** CSI drivers that mount an image: https://github.com/warm-metal/container-image-csi-driver, and what it was called before. */
const IMAGE_DRIVERS: ReadonlySet<unknown> = new Set([
    "container-image.csi.k8s.io",
    "csi-image.warm-metal.tech",
    "image.csi.k8s.io",
]);

/** The image that a CSI volume mounts, whose attributes or (in a PersistentVolume) handle name it. */
export function csiImage(volume: unknown, path: string, what: string, required: boolean): ImageSite[] {
    const csi = readField(volume, "csi");
    const image = readPath(csi, "volumeAttributes", "image");
    if (csi !== UNKNOWN && (image === UNKNOWN || typeof image === "string")) {
        return [{ path: `${path}.csi.volumeAttributes.image`, what, image, required }];
    }
    const handle = readField(csi, "volumeHandle");
    return csi !== UNKNOWN && typeof handle === "string" && IMAGE_DRIVERS.has(readField(csi, "driver"))
        ? [{ path: `${path}.csi.volumeHandle`, what, image: handle, required }]
        : [];
}

function isMap(value: unknown): boolean {
    return isObject(value) && !Array.isArray(value);
}

/** Whether something is written that is not of the shape that is read there. */
function isMisshapen(value: unknown, fits: (value: unknown) => boolean): boolean {
    return value !== undefined && value !== null && !fits(value);
}

/** A place that holds something else than Kubernetes reads there: what would run is not known, if anything does. */
function misshapen(path: string, what: string, value: unknown): ImageSite {
    const found = Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : quoteValue(value);
    const expected = what === "pod spec" ? "a map" : "a list";
    const whyUnjudged = `it is ${found}, expected ${expected}; the API server refuses it`;
    return { path, what, image: UNKNOWN, whyUnjudged, required: false };
}
