/**
 * The grammar of image references, written down a second time from the distribution project's reference documentation
 * (https://pkg.go.dev/github.com/distribution/reference, `reference := name [ ":" tag ] [ "@" digest ]`), as one anchored
 * expression. The parser under test shares no code with it.
 */
const alphaNumeric = "[a-z0-9]+";
const separator = "(?:[._]|__|-+)";
const pathComponent = `${alphaNumeric}(?:${separator}${alphaNumeric})*`;
const remoteName = `${pathComponent}(?:/${pathComponent})*`;
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domainName = `${domainComponent}(?:\\.${domainComponent})*`;
const ipv6Address = "\\[(?:[a-fA-F0-9:]+)\\]";
const domain = `(?:${domainName}|${ipv6Address})(?::[0-9]+)?`;
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digestAlgorithm = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*";
const digest = `${digestAlgorithm}:[0-9a-fA-F]{32,}`;

const REFERENCE = new RegExp(`^(?:(${domain})/)?(${remoteName})(?::(${tag}))?(?:@(${digest}))?$`);
const IDENTIFIER = /^[a-f0-9]{64}$/;

/** Registered algorithms, lower-case hex of their own length: the image specification's descriptor page. */
const REGISTERED_DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

/** The parts of a reference. */
export interface GrammarParts {
    readonly registry: string;
    readonly path: string;
    readonly tag: string | undefined;
    readonly digest: string | undefined;
}

/** Reads a reference as container runtimes do: normalised, then by the grammar. `undefined` when it is none. */
export function readByGrammar(text: string): GrammarParts | undefined {
    if (IDENTIFIER.test(text)) {
        return undefined;
    }
    const [first, rest] = cut(text);
    let registry = "docker.io";
    let remainder = text;
    if (rest === undefined) {
        remainder = `library/${text}`;
    } else if (first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first) {
        registry = first === "index.docker.io" ? "docker.io" : first;
        remainder = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
    }
    const match = REFERENCE.exec(`${registry}/${remainder}`);
    if (match === null || (match[2] ?? "").length > 255) {
        return undefined;
    }
    const [, matchedRegistry = "", path = "", foundTag, foundDigest] = match;
    if (foundDigest !== undefined && !REGISTERED_DIGEST.test(foundDigest)) {
        return undefined;
    }
    return { registry: matchedRegistry, path, tag: foundTag, digest: foundDigest };
}

function cut(text: string): [string, string | undefined] {
    const slash = text.indexOf("/");
    return slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
}
