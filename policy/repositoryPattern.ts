import { z } from "zod";
import { type ImageReference, parseImageReference } from "../images/imageReference";
import { expected } from "./ruleConfig";

/** A registry, or a path in one, with everything below it. Matched on path boundaries, never as bare text. */
export interface RepositoryPattern {
    /** As written in the config. */
    readonly text: string;
    /** Lower case, as host names compare. */
    readonly registry: string;
    /** Empty for the whole registry. */
    readonly path: string;
}

/** A pattern, or why the text is none. */
export type ParsedPattern =
    | { readonly ok: true; readonly pattern: RepositoryPattern }
    | { readonly ok: false; readonly reason: string };

/** What an image without a registry is pulled from. */
const DEFAULT_REGISTRY = "docker.io";

/**
 * Reads a pattern: `ghcr.io` (a registry), `ghcr.io/acme` (a path and all below it), `acme/app` (on Docker Hub), `nginx`
 * (Docker Hub's official image).
 */
export function parseRepositoryPattern(text: string): ParsedPattern {
    const trimmed = text.endsWith("/") ? text.slice(0, -1) : text;
    const slash = trimmed.indexOf("/");
    const first = slash < 0 ? trimmed : trimmed.slice(0, slash);
    const namesRegistry = /[.:[]/.test(first) || first === "localhost";
    if (namesRegistry && slash < 0) {
        const probe = parseImageReference(`${first}/probe`);
        return probe.ok
            ? { ok: true, pattern: { text, registry: registryOf(probe.reference), path: "" } }
            : { ok: false, reason: probe.reason };
    }
    const parsed = parseImageReference(trimmed);
    if (!parsed.ok) {
        return { ok: false, reason: parsed.reason };
    }
    const { reference } = parsed;
    if (reference.tag !== undefined || reference.digest !== undefined) {
        return { ok: false, reason: "it has a tag or a digest; a repository has neither" };
    }
    // "docker.io/acme" means that organisation with all its images; `docker.io/library/acme` is matched besides.
    const path = namesRegistry ? trimmed.slice(slash + 1) : reference.path;
    return { ok: true, pattern: { text, registry: registryOf(reference), path } };
}

/** Whether an image is in the pattern's repository or below it: `ghcr.io/acme` has `ghcr.io/acme/x`, not `ghcr.io/acme-evil/x`. */
export function matchesRepository(pattern: RepositoryPattern, reference: ImageReference): boolean {
    if (registryOf(reference) !== pattern.registry) {
        return false;
    }
    const { path } = pattern;
    return (
        path === "" ||
        reference.path === path ||
        reference.path.startsWith(`${path}/`) ||
        (pattern.registry === DEFAULT_REGISTRY && reference.path === `library/${path}`)
    );
}

/** A pattern in a config: text there, a value for the rules. */
export const repositoryPatternSchema = z
    .string(expected('a repository such as "ghcr.io/acme"'))
    .transform((text, context): RepositoryPattern => {
        const parsed = parseRepositoryPattern(text);
        if (parsed.ok) {
            return parsed.pattern;
        }
        context.addIssue({
            code: "custom",
            message: `is "${text}", expected a repository such as "ghcr.io/acme": ${parsed.reason}`,
        });
        return z.NEVER;
    });

function registryOf(reference: ImageReference): string {
    return reference.registry.toLowerCase();
}
