import { COMMIT_PREFIX, COUNTER_DIGITS, DATE_DIGITS, type TagConvention } from "../../images/immutability";
import type { RepositoryPattern } from "../repositoryPattern";

/*
 * The rule as regular expressions for the API server, whose CEL has no parser of its own. They are in the common subset of
 * RE2, which runs them there in linear time, and JavaScript, in which a test holds them to the parser.
 */

/** How an image of the registry `localhost` starts, the one registry that does not look like one. */
export const LOCALHOST = "localhost/";

const DOMAIN_COMPONENT = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const REGISTRY = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const NAME = `(?:${REGISTRY}/)?${PATH}`;
const TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const DIGEST = "@(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})";
const GIT_SHA = "[0-9a-f]{7,40}";
const VERSION = "v?[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}(?:-[0-9]{1,9})?-g?";

/** Matches an image that is immutable by the convention: a digest whatever the tag, or a tag that names a git commit. */
export function immutablePattern({ shaPrefixes, versionSha }: TagConvention): string {
    const prefixes = [...shaPrefixes.map(escape), ...(versionSha ? [VERSION] : [])];
    const prefix = prefixes.length === 0 ? "" : `(?:${prefixes.join("|")})?`;
    return `^${NAME}(?:(?::${TAG})?${DIGEST}|:${prefix}${GIT_SHA})$`;
}

/**
 * Matches an image that {@link immutablePattern} matches although its tag is no git SHA: a date, or digits that may be a
 * counter. RE2 has no "anything but", so it stands beside the other.
 */
export function dubiousPattern({ shaPrefixes, versionSha }: TagConvention): string {
    const prefixes = shaPrefixes.filter((prefix) => !COMMIT_PREFIX.test(prefix)).map(escape);
    const all = versionSha ? [...prefixes, VERSION.replace(/-g\?$/, "-")] : prefixes;
    const prefix = all.length === 0 ? "" : `(?:${all.join("|")})?`;
    return `^${NAME}:${prefix}(?:${DATE_DIGITS}|${COUNTER_DIGITS})$`;
}

/**
 * Matches an image in a repository or below it, however Docker Hub is written. For the whole of Docker Hub it matches
 * {@link LOCALHOST} too, since RE2 has no "anything but": leave that out by hand.
 */
export function repositoryPatternExpression({ registry, path }: RepositoryPattern): string {
    const rest = `(?::${TAG})?(?:${DIGEST})?$`;
    const below = `(?:/${PATH_COMPONENT})*`;
    const host = `(?i:${escape(registry)})`;
    if (registry !== "docker.io") {
        return path === "" ? `^${host}/${PATH}${rest}` : `^${host}/${escape(path)}${below}${rest}`;
    }
    // A first part without dot, colon and upper case is no registry, so these are all the ways to write Docker Hub.
    const hub = "(?:(?:index\\.)?docker\\.io/)?";
    const noRegistry = "[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*";
    if (path === "") {
        return `^(?:(?:index\\.)?docker\\.io/${PATH}|${PATH_COMPONENT}|${noRegistry}/${PATH})${rest}`;
    }
    // An official image is written without its "library/"; a name of one part is an official image.
    const official = path.startsWith("library/") ? path.slice("library/".length) : path;
    const spelled =
        path === "library"
            ? [PATH_COMPONENT]
            : official.includes("/")
              ? []
              : [escape(official), `library/${escape(official)}`];
    return `^${hub}(?:${[`${escape(path)}${below}`, ...spelled].join("|")})${rest}`;
}

function escape(text: string): string {
    return text.replaceAll(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}
