/** Longest text worth looking at: a DNS name with port, a path, a tag of 128, the longest registered digest. */
const MAX_REFERENCE_LENGTH = 253 + 6 + 1 + 255 + 1 + 128 + 1 + 7 + 128;

/** Hex digits of each registered algorithm: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#registered-algorithms */
const DIGEST_HEX_LENGTH: ReadonlyMap<string, number> = new Map([
    ["sha256", 64],
    ["sha384", 96],
    ["sha512", 128],
]);

// None of these nests a quantifier over an alternative that can match the same text twice: they run in linear time.
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DOMAIN_COMPONENT = /^(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])$/;
const IPV6_HOST = /^\[[A-Fa-f0-9:]+\](?::[0-9]+)?$/;
const PORT = /^[0-9]+$/;
const HEX = /^[0-9a-f]+$/;
const IMAGE_ID = /^[0-9a-f]{64}$/;

/** Why `digest` (`algorithm:hex`) is not one that a registry serves, or `undefined` when it is. */
export function digestTrouble(digest: string): string | undefined {
    const colon = digest.indexOf(":");
    if (colon < 0) {
        return `the digest "${clip(digest)}" has no algorithm; expected "sha256:" and 64 hex digits`;
    }
    const algorithm = digest.slice(0, colon);
    const hex = digest.slice(colon + 1);
    const length = DIGEST_HEX_LENGTH.get(algorithm);
    if (length === undefined) {
        const known = DIGEST_HEX_LENGTH.has(algorithm.toLowerCase()) ? "lower case: " : "";
        return `the digest's algorithm "${clip(algorithm)}" is not one of ${known}${[...DIGEST_HEX_LENGTH.keys()].join(", ")}`;
    }
    if (hex.length !== length) {
        return `the ${algorithm} digest has ${hex.length} characters after the colon, expected ${length}`;
    }
    if (!HEX.test(hex)) {
        return `the ${algorithm} digest has characters other than 0-9 and a-f`;
    }
    return undefined;
}

/** Why a text as a whole is no reference, before it is taken apart. */
export function obviousTrouble(text: string): string | undefined {
    if (text === "") {
        return "it is empty";
    }
    if (text.length > MAX_REFERENCE_LENGTH) {
        return `it has ${text.length} characters, more than any reference can have (${MAX_REFERENCE_LENGTH})`;
    }
    if (/\s/.test(text)) {
        return "it has white space in it";
    }
    if (text.includes("://")) {
        return `it has a URL scheme ("${text.slice(0, text.indexOf("://") + 3)}"); a reference starts with the registry's host`;
    }
    if (/[${}]/.test(text)) {
        return "it has an unexpanded variable in it";
    }
    if (text.indexOf("@") !== text.lastIndexOf("@")) {
        return 'it has more than one "@"';
    }
    // The distribution grammar keeps 64 hex digits apart as an image id, which names no repository to pull from.
    if (IMAGE_ID.test(text)) {
        return "it is a bare image id, not a repository";
    }
    return undefined;
}

/** Why a registry's host and port are none. */
export function registryTrouble(registry: string): string | undefined {
    if (registry.startsWith("[")) {
        return IPV6_HOST.test(registry) ? undefined : `the registry "${clip(registry)}" is not an IPv6 host`;
    }
    const colon = registry.indexOf(":");
    const host = colon < 0 ? registry : registry.slice(0, colon);
    if (colon >= 0 && !PORT.test(registry.slice(colon + 1))) {
        return `the registry's port "${clip(registry.slice(colon + 1))}" is not a number`;
    }
    return host.split(".").every((component) => DOMAIN_COMPONENT.test(component))
        ? undefined
        : `the registry "${clip(registry)}" is not a host name`;
}

/** Why a path within a registry is none. */
export function pathTrouble(path: string): string | undefined {
    for (const component of path.split("/")) {
        if (PATH_COMPONENT.test(component)) {
            continue;
        }
        if (component === "") {
            return "the repository's path has an empty part";
        }
        if (component !== component.toLowerCase()) {
            return `the repository's path has upper-case letters ("${clip(component)}")`;
        }
        return `the repository's path has a part that is not allowed ("${clip(component)}")`;
    }
    return undefined;
}

/** Why a tag is none. */
export function tagTrouble(tag: string): string | undefined {
    if (TAG.test(tag)) {
        return undefined;
    }
    if (tag === "") {
        return "the tag after the colon is empty";
    }
    if (tag.includes(":")) {
        return `it has two tags ("${clip(tag)}")`;
    }
    return tag.length > 128
        ? `the tag has ${tag.length} characters, expected at most 128`
        : `the tag "${clip(tag)}" has characters other than letters, digits, "_", "." and "-", or starts with one of the last two`;
}

function clip(text: string): string {
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
