import { parseImageReference } from "../../images/imageReference";
import { UNKNOWN, readField } from "./readField";

/** The fields that name the image of whatever holds them; `imageName` is CloudNativePG's word for it. */
const IMAGE_FIELDS = ["image", "imageName"] as const;

/** Fields that hold the rest of a reference whose tag or digest does not stand in the image: an operator joins them. */
const VERSION_PARTS = ["version", "digest", "sha", "sha256", "imageDigest", "imageVersion"] as const;

const TAG_PARTS = ["tag", "imageTag"] as const;

/** Fields that say where a short image is to be found. Other things have a repository too: a runner its source code. */
const PLACE_PARTS = ["repository", "registry", "hub"] as const;

/** An image as a custom resource names it. */
export interface NamedImage {
    /** The field that it stands in. */
    readonly field: (typeof IMAGE_FIELDS)[number];
    /** The reference, or {@link UNKNOWN}. */
    readonly image: string | typeof UNKNOWN;
}

/**
 * The image that an object of a custom resource names, as a whole reference. `undefined` where it names none (empty text
 * means "the operator's default", as absence does), and where what it names is only a part of a reference.
 */
export function namedImage(holder: unknown): NamedImage | undefined {
    if (holder === UNKNOWN) {
        return { field: "image", image: UNKNOWN };
    }
    for (const field of IMAGE_FIELDS) {
        const image = wholeImageAt(holder, field);
        if (image !== undefined) {
            return { field, image };
        }
    }
    return undefined;
}

/** The image in one field, as {@link namedImage} sees it. */
export function wholeImageAt(holder: unknown, field: string): string | typeof UNKNOWN | undefined {
    const image = readField(holder, field);
    const isNamed = image === UNKNOWN || (typeof image === "string" && image !== "");
    return isNamed ? wholeReference(image, holder) : undefined;
}

/**
 * An image with what stands beside it. One that has a tag or a digest is whole, whatever else is there. Without one, a
 * `tag` beside a pull policy is joined to it, since that holder is pulled as it stands; any other part means that an
 * operator makes the reference by rules of its own.
 */
function wholeReference(
    image: string | typeof UNKNOWN,
    holder: unknown,
): string | typeof UNKNOWN | undefined {
    if (image !== UNKNOWN && hasTagOrDigest(image)) {
        return image;
    }
    if (VERSION_PARTS.some((part) => isPart(readField(holder, part)))) {
        return undefined;
    }
    const pulled = typeof readField(holder, "imagePullPolicy") === "string";
    const tag = TAG_PARTS.map((part) => readField(holder, part)).find(isPart);
    if (tag !== undefined) {
        return pulled ? joined(image, tag) : undefined;
    }
    return pulled || !PLACE_PARTS.some((part) => isPart(readField(holder, part))) ? image : undefined;
}

function joined(image: string | typeof UNKNOWN, tag: unknown): string | typeof UNKNOWN {
    return image === UNKNOWN || tag === UNKNOWN
        ? UNKNOWN
        : `${image}${/^sha\d+:/.test(String(tag)) ? "@" : ":"}${String(tag)}`;
}

function isPart(value: unknown): boolean {
    return value === UNKNOWN || typeof value === "number" || (typeof value === "string" && value !== "");
}

/** Whether a text is a reference that says which image of its repository it means. */
export function hasTagOrDigest(image: string): boolean {
    const parsed = parseImageReference(image);
    return parsed.ok && (parsed.reference.tag !== undefined || parsed.reference.digest !== undefined);
}
