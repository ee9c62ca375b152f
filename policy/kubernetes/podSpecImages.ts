import { type ImageSite, joinPath } from "./imageSite";
import { UNKNOWN, readField } from "./readField";

/** The lists of a pod spec that hold containers, and what a member of each is called. */
export const POD_CONTAINER_LISTS = [
    ["initContainers", "init container"],
    ["containers", "container"],
    ["ephemeralContainers", "ephemeral container"],
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
    const sites: ImageSite[] = [];
    for (const [list, what] of POD_CONTAINER_LISTS) {
        const containers = readField(podSpec, list);
        const listPath = joinPath(path, list);
        if (containers === UNKNOWN) {
            sites.push({ path: listPath, what: `list of ${what}s`, image: UNKNOWN, required });
        } else if (Array.isArray(containers)) {
            for (let index = 0; index < containers.length; index++) {
                sites.push(
                    containerImage(readField(containers, index), joinPath(listPath, index), what, required),
                );
            }
        }
    }
    const volumes = readField(podSpec, "volumes");
    const volumesPath = joinPath(path, "volumes");
    if (volumes === UNKNOWN) {
        sites.push({ path: volumesPath, what: "list of volumes", image: UNKNOWN, required });
    } else if (Array.isArray(volumes)) {
        for (let index = 0; index < volumes.length; index++) {
            const site = volumeImage(readField(volumes, index), joinPath(volumesPath, index), required);
            if (site !== undefined) {
                sites.push(site);
            }
        }
    }
    return sites;
}

/** The image of one container. */
export function containerImage(container: unknown, path: string, what: string, required: boolean): ImageSite {
    const name = readField(container, "name");
    return {
        path: container === UNKNOWN ? path : joinPath(path, "image"),
        what: typeof name === "string" ? `${what} "${name}"` : what,
        ...(typeof name === "string" ? { containerName: name } : {}),
        image: readField(container, "image"),
        required,
    };
}

/** The image of an image volume (`volumes[].image.reference`), `undefined` when the volume is of another type. */
export function volumeImage(volume: unknown, path: string, required: boolean): ImageSite | undefined {
    const image = readField(volume, "image");
    if (image === undefined || image === null) {
        return undefined;
    }
    const name = readField(volume, "name");
    const imagePath = volume === UNKNOWN ? path : joinPath(path, "image");
    return {
        path: image === UNKNOWN ? imagePath : joinPath(imagePath, "reference"),
        what: typeof name === "string" ? `image volume "${name}"` : "image volume",
        image: readField(image, "reference"),
        required,
    };
}
