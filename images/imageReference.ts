import { digestTrouble, obviousTrouble, pathTrouble, registryTrouble, tagTrouble } from "./referenceTrouble";

/**
 * A container image reference as a value.
 *
 * The grammar is that of the distribution project, followed whole:
 * https://github.com/distribution/reference/blob/main/reference.go (`reference = name [ ":" tag ] [ "@" digest ]`)
 * with the normalisation that container runtimes apply to short names (`nginx` is `docker.io/library/nginx`).
 */
export interface ImageReference {
    /**
     * Registry host with its port, as the runtime would contact it: `docker.io`, `localhost:5000`, `[::1]:5000`. Empty for the
     * one oddity of the grammar, a name whose first part looks like a host and cannot be one (`my_host.local/app`).
     */
    readonly registry: string;
    /** Path within the registry: `library/nginx`, `genbrain/claude-code`. */
    readonly path: string;
    /** Repository as written, without tag and digest: what a fix or a pin is built from. */
    readonly repository: string;
    /** Tag without its colon, absent when none was written. */
    readonly tag?: string;
    /** `algorithm:hex`, absent when none was written. */
    readonly digest?: string;
}

/** A reference that names one image for ever. */
export type PinnedReference = ImageReference & { readonly digest: string };

/** What stands where an image should and is none: kept with its text, the same as nothing, and never taken for current. */
export interface UnreadableImage {
    /** As written; empty where nothing was. */
    readonly unreadable: string;
    /** Why it is no reference. */
    readonly reason: string;
    readonly tag?: undefined;
    readonly digest?: undefined;
}

/** An image as it was found in a cluster or a stack's output, where anything may stand. */
export type FoundImage = ImageReference | UnreadableImage;

/** The outcome of reading a reference: the value, or why the text is not a reference and what to do about it. */
export type ParsedReference =
    | { readonly ok: true; readonly reference: ImageReference }
    | { readonly ok: false; readonly reason: string };

/** Characters of the path, without the registry; the distribution grammar's `RepositoryNameTotalLengthMax`. */
const MAX_PATH_LENGTH = 255;

/** Reads an image reference. Never throws; the reason of a refusal quotes the part that is at fault. */
export function parseImageReference(text: unknown): ParsedReference {
    if (typeof text !== "string") {
        return refuse(`expected a string, got ${text === null ? "null" : typeof text}`);
    }
    const trouble = obviousTrouble(text);
    if (trouble !== undefined) {
        return refuse(trouble);
    }

    const at = text.indexOf("@");
    const digest = at < 0 ? undefined : text.slice(at + 1);
    const nameAndTag = at < 0 ? text : text.slice(0, at);
    // A colon before the last slash belongs to the registry's port: `host:5000/app` has no tag.
    const colon = nameAndTag.indexOf(":", nameAndTag.lastIndexOf("/") + 1);
    const tag = colon < 0 ? undefined : nameAndTag.slice(colon + 1);
    const repository = colon < 0 ? nameAndTag : nameAndTag.slice(0, colon);
    const { registry, path, explicit } = nameParts(repository);
    const reason =
        (digest === undefined ? undefined : digestTrouble(digest)) ??
        (tag === undefined ? undefined : tagTrouble(tag)) ??
        (explicit ? registryTrouble(registry) : undefined) ??
        pathTrouble(path);
    if (reason !== undefined) {
        return refuse(reason);
    }
    if (path.length > MAX_PATH_LENGTH) {
        return refuse(
            `the repository's path has ${path.length} characters, expected at most ${MAX_PATH_LENGTH}`,
        );
    }
    return {
        ok: true,
        reference: {
            registry,
            path,
            repository,
            ...(tag === undefined ? {} : { tag }),
            ...(digest === undefined ? {} : { digest }),
        },
    };
}

/** Reads an image that was found somewhere. Never throws, and loses nothing. */
export function readImage(text: unknown): FoundImage {
    const parsed = parseImageReference(text);
    return parsed.ok
        ? parsed.reference
        : { unreadable: typeof text === "string" ? text : "", reason: parsed.reason };
}

/** Writes an image as one string: `repository[:tag][@digest]`. The inverse of {@link readImage}. */
export function formatImageReference(reference: FoundImage): string {
    if ("unreadable" in reference) {
        return reference.unreadable;
    }
    const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
    const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
    return `${reference.repository}${tag}${digest}`;
}

/**
 * Narrows a reference to one that has its digest.
 *
 * @throws Error when it has none: whoever calls this has judged the reference before.
 */
export function withDigest(reference: ImageReference): PinnedReference {
    const { digest } = reference;
    if (digest === undefined) {
        throw new Error(`"${formatImageReference(reference)}" has no digest`);
    }
    return { ...reference, digest };
}

/** Whether two references name the same repository, however each was written (`nginx` and `docker.io/library/nginx`). */
export function sameRepository(a: FoundImage, b: FoundImage): boolean {
    return !("unreadable" in a || "unreadable" in b) && a.registry === b.registry && a.path === b.path;
}

/**
 * As the distribution project's own parser splits a name. A first part that looks like a host but cannot be one
 * (`my_host.local/app`) is then read as a part of the path, by its grammar, with no registry at all.
 */
function nameParts(repository: string): { registry: string; path: string; explicit: boolean } {
    const parts = splitRepository(repository);
    const isPathOnly =
        parts.explicit &&
        registryTrouble(parts.registry) !== undefined &&
        pathTrouble(repository) === undefined;
    return isPathOnly ? { registry: "", path: repository, explicit: false } : parts;
}

/** As container runtimes split it: the first part is a registry if it looks like a host, else `docker.io` is meant. */
function splitRepository(repository: string): { registry: string; path: string; explicit: boolean } {
    const slash = repository.indexOf("/");
    const first = slash < 0 ? "" : repository.slice(0, slash);
    const looksLikeHost =
        slash >= 0 && (/[.:[]/.test(first) || first === "localhost" || first !== first.toLowerCase());
    if (!looksLikeHost) {
        const path = slash < 0 ? `library/${repository}` : repository;
        return { registry: "docker.io", path, explicit: false };
    }
    const registry = first === "index.docker.io" ? "docker.io" : first;
    const rest = repository.slice(slash + 1);
    const path = registry === "docker.io" && rest !== "" && !rest.includes("/") ? `library/${rest}` : rest;
    return { registry, path, explicit: true };
}

function refuse(reason: string): ParsedReference {
    return { ok: false, reason };
}
