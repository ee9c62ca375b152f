import { type ImageSite, joinPath } from "./imageSite";
import { UNKNOWN, isObject, membersOf, readField, readPath } from "./readField";

const STRATEGIES = ["sourceStrategy", "dockerStrategy", "customStrategy"] as const;

/**
 * The images that an OpenShift build runs or copies from: `from` of its strategy and of its source.
 * Source: https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/builds_using_buildconfig/
 *
 * @param fields The fields of a BuildConfig or Build.
 */
export function buildImages(fields: unknown, pathPrefix: string): ImageSite[] {
    const spec = readField(fields, "spec");
    const base = STRATEGIES.flatMap((strategy) => {
        const from = readPath(spec, "strategy", strategy, "from");
        return fromImage(from, `${pathPrefix}spec.strategy.${strategy}.from`, "build image");
    });
    const sources = membersOf(readPath(spec, "source", "images")).flatMap((image, index) => {
        const from = readField(image, "from");
        return fromImage(from, `${pathPrefix}spec.source.images[${index}].from`, "source image");
    });
    return [...base, ...sources];
}

/** An object reference: its kind says whether its name is an image or that of a stream, which may move. */
function fromImage(from: unknown, path: string, what: string): ImageSite[] {
    if (from === UNKNOWN) {
        return [{ path, what, image: UNKNOWN, required: false }];
    }
    if (!isObject(from)) {
        return [];
    }
    const kind = readField(from, "kind");
    const site = { path: joinPath(path, "name"), what, image: readField(from, "name"), required: false };
    if (kind === "ImageStreamTag" || kind === UNKNOWN) {
        const whyUnjudged = "it is a tag of an image stream, and where that leads is not written here";
        return [{ ...site, whyUnjudged }];
    }
    // An ImageStreamImage has the digest in its name.
    return kind === "DockerImage" ? [site] : [];
}
