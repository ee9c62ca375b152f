import { createHash } from "node:crypto";
import { z } from "zod";
import { type ImageReference, type PinnedReference, parseImageReference } from "../images/imageReference";
import { digestTrouble } from "../images/referenceTrouble";
import { DEFAULT_PATIENCE, type Patience, retry } from "../lib/http/retry";
import { authorize } from "./authorize";
import { parseChallenges } from "./challenge";
import { findCredentials } from "./dockerCredentials";
import { type HttpAnswer, isLoopback, send } from "../lib/http/send";
import { EXIT_CODES, MendableError, messageOf } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";

/** Every kind of manifest that a digest may name; a registry may answer 404 for one that is not asked for. */
const MANIFEST_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Bytes of a manifest that a registry must be able to keep, by the OCI distribution specification. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** How registries are asked. */
export interface RegistryOptions {
    readonly patience?: Patience;
    /** Where Docker's config is found, and its helpers' environment. */
    readonly env?: NodeJS.ProcessEnv;
}

/** What a tag leads to now, or why that is not known. */
export type ResolvedTag =
    { readonly ok: true; readonly digest: string } | { readonly ok: false; readonly trouble: string };

/** Why a registry does not serve an image. */
export interface RegistryTrouble {
    readonly message: string;
    /** Whether that could not be found out: it did not answer, or not as a registry does. */
    readonly unknown?: true;
}

/**
 * Asks a registry whether it serves a digest: `HEAD /v2/<path>/manifests/<digest>`, the OCI distribution specification's way
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry), as
 * nobody at first, then with the credentials that Docker has, by its basic or bearer challenge. A 200 alone is no yes, since a login
 * page has one too: the header `Docker-Content-Digest` must say the digest, or the manifest itself must have it.
 *
 * @returns why it does not, or `undefined` when it does; never rejects
 */
export async function registryTrouble(
    repository: string,
    digest: string,
    options: RegistryOptions = {},
): Promise<RegistryTrouble | undefined> {
    const answer = await askForManifest(`${repository}@${digest}`, options);
    if (!answer.ok) {
        return { message: answer.trouble, unknown: answer.unknown };
    }
    if (answer.digest === digest) {
        return undefined;
    }
    const who = `the registry "${answer.registry}"`;
    const message =
        answer.digest === undefined
            ? `${who} answered 200 with something that is not the manifest "${digest}", and without the header Docker-Content-Digest; expected a registry: is it a proxy's or a login page?`
            : `${who} answered with another digest, ${quoteValue(answer.digest)}; expected "${digest}"`;
    return { message, unknown: true };
}

/** Asks a registry which digest a tag leads to, in the same way as {@link registryTrouble}. Never rejects. */
export async function resolveTag(
    repository: string,
    tag: string,
    options: RegistryOptions = {},
): Promise<ResolvedTag> {
    const answer = await askForManifest(`${repository}:${tag}`, options);
    if (!answer.ok) {
        return answer;
    }
    const { digest, registry } = answer;
    return digest === undefined || digestTrouble(digest) !== undefined
        ? {
              ok: false,
              trouble: `the registry "${registry}" did not say the digest of "${repository}:${tag}"; expected the header Docker-Content-Digest`,
          }
        : { ok: true, digest };
}

type ManifestAnswer =
    | {
          readonly ok: true;
          readonly registry: string;
          /** As the header `Docker-Content-Digest` has it; without one that of the manifest, where it was asked for by digest. */
          readonly digest: string | undefined;
      }
    | { readonly ok: false; readonly trouble: string; readonly unknown?: true };

async function askForManifest(image: string, options: RegistryOptions): Promise<ManifestAnswer> {
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        return { ok: false, trouble: `"${image}": ${parsed.reason}` };
    }
    const { patience = DEFAULT_PATIENCE, env = process.env } = options;
    try {
        const digest = await retry(() => findManifest(parsed.reference, patience.timeoutMs, env), patience);
        return { ok: true, registry: parsed.reference.registry, digest };
    } catch (error) {
        const known = error instanceof MendableError && error.exitCode === EXIT_CODES.notAsItShouldBe;
        const trouble = messageOf(error);
        return { ok: false, trouble, unknown: known ? undefined : true };
    }
}

/** Plain HTTP on loopback alone, as Docker has it; Docker Hub's API has a host of its own. */
function originOf(registry: string): string {
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    return `${isLoopback(host) ? "http" : "https"}://${host}`;
}

/** Asks for a manifest's headers; `get` asks for the manifest itself, with the credentials that the first question needed. */
async function openManifest(
    reference: ImageReference,
    timeoutMs: number,
    env: NodeJS.ProcessEnv,
): Promise<{ readonly head: HttpAnswer; readonly get: () => Promise<HttpAnswer> }> {
    const { registry, path } = reference;
    const url = `${originOf(registry)}/v2/${path}/manifests/${reference.digest ?? reference.tag ?? "latest"}`;
    const ask = (method: "HEAD" | "GET", authorization?: string): Promise<HttpAnswer> =>
        send({
            who: `the registry "${registry}"`,
            url,
            method,
            headers: { accept: MANIFEST_TYPES, ...(authorization === undefined ? {} : { authorization }) },
            timeoutMs,
            env,
            maxBytes: MAX_MANIFEST_BYTES,
        });

    let authorization: string | undefined;
    let head = await ask("HEAD");
    if (head.status === 401) {
        authorization = await authorizationFor(head, url, reference, { timeoutMs, env });
        head = await ask("HEAD", authorization);
    }
    assertServed(head.status, reference);
    const get = async () => {
        const manifest = await ask("GET", authorization);
        assertServed(manifest.status, reference);
        return manifest;
    };
    return { head, get };
}

async function findManifest(
    reference: ImageReference,
    timeoutMs: number,
    env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
    const { head, get } = await openManifest(reference, timeoutMs, env);
    const [digest] = [head.headers["docker-content-digest"]].flat();
    if (digest !== undefined || reference.digest === undefined) {
        return digest;
    }
    const found = digestOf((await get()).body);
    return found === reference.digest ? found : undefined;
}

function digestOf(body: HttpAnswer["body"]): string {
    return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

/** An index of one image for several platforms; of a manifest without `manifests` there is one platform alone. */
const indexSchema = z.object({ manifests: z.array(z.object({ digest: z.string() })).default([]) });

/**
 * Asks a registry for the manifests of an image's platforms, one of which is what a node may say that it runs: the image index of
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md. What is no index has none.
 *
 * @throws MendableError when the registry does not serve it, or serves something else than the digest names
 */
export async function platformDigests(
    image: PinnedReference,
    { patience = DEFAULT_PATIENCE, env = process.env }: RegistryOptions = {},
): Promise<ReadonlySet<string>> {
    const body = await retry(async () => {
        const { get } = await openManifest(image, patience.timeoutMs, env);
        return (await get()).body;
    }, patience);
    // A digest of another algorithm than SHA-256 is not checked, and so not believed.
    if (digestOf(body) !== image.digest) {
        throw new MendableError(
            `the registry "${image.registry}" served another manifest than "${image.digest}"; expected that one`,
        );
    }
    const { manifests } = indexSchema.parse(JSON.parse(body));
    return new Set(manifests.map(({ digest }) => digest));
}

async function authorizationFor(
    answer: HttpAnswer,
    url: string,
    reference: ImageReference,
    options: { readonly timeoutMs: number; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
    const { registry } = reference;
    if (answer.url.host !== new URL(url).host) {
        // Whoever it led to may ask for a token anywhere, and the credentials are for the registry that was asked.
        throw new MendableError(
            `the registry "${registry}" leads to "${answer.url.host}", which wants credentials; expected an image of that registry`,
        );
    }
    const credentials = await findCredentials(registry, options.env);
    const challenges = parseChallenges(answer.headers["www-authenticate"] ?? "");
    const authorization = await authorize(challenges, credentials, reference, options);
    if (authorization === undefined) {
        throw new MendableError(
            `the registry "${registry}" wants credentials, and Docker has none for it; "docker login ${registry}" first`,
        );
    }
    return authorization;
}

function assertServed(status: number, { registry, path, tag, digest }: ImageReference): void {
    if (status === 404) {
        const wanted = digest === undefined ? `${path}:${tag ?? "latest"}` : `${path}@${digest}`;
        throw new MendableError(`the registry "${registry}" has no "${wanted}"; was it pushed there?`, {
            exitCode: EXIT_CODES.notAsItShouldBe,
        });
    }
    if (status === 401 || status === 403) {
        throw new MendableError(
            `the registry "${registry}" refused the credentials for "${path}" (${status}); "docker login ${registry}" with a user who may pull it`,
        );
    }
    if (status !== 200) {
        throw new MendableError(`the registry "${registry}" answered ${status}, expected 200`);
    }
}
