import type { Place } from "./imageSite";
import { hasTagOrDigest } from "./namedImage";
import { readField } from "./readField";

/** What operators call a field that names an image to run: `image`, `dockerImage`, `runnerImage`. */
const IMAGE_FIELD = /^(?:image|imageName|[a-z][A-Za-z0-9]*Image)$/;

/** Fields, and what stands above them, that name an image which is built, copied or listed there, and not run. */
const NOT_RUN = /^(?:relatedImages|(?:output|target|destination|built|previous)s?(?:Image)?)$/;

/**
 * The images that an object of a custom resource names in fields of their own: a text with a tag or digest that parses as a
 * reference, in a field that is called an image, is one that the operator runs. Without a tag it may be anything, a picture or a
 * machine's image among them, or a part of a reference.
 *
 * @param place Where the object stands; what is called `image` or `images` itself has them under other names.
 */
export function bareImages(
    holder: object,
    place: Place | undefined,
): { readonly field: string; readonly image: string }[] {
    return Object.keys(holder).flatMap((field) => {
        const isNamed =
            IMAGE_FIELD.test(field) ||
            place?.key === "images" ||
            (place?.key === "image" && field === "name");
        const image = isNamed ? readField(holder, field) : undefined;
        return typeof image === "string" && hasTagOrDigest(image) && isRun({ parent: place, key: field })
            ? [{ field, image }]
            : [];
    });
}

function isRun(place: Place): boolean {
    for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
        if (typeof at.key === "string" && NOT_RUN.test(at.key)) {
            return false;
        }
    }
    return true;
}
