import { z } from "zod";
import { type ImageReference, parseImageReference } from "../../images/imageReference";
import {
    CONNECTION_ERRORS,
    DEFAULT_PATIENCE,
    type Patience,
    TRANSIENT_STATUSES,
    TransientError,
    retryAfterMs,
    retryTransient,
} from "../controlPlane/retryTransient";
import { type Challenge, parseChallenges } from "./challenge";
import { type Credentials, findCredentials } from "./dockerCredentials";

/** Every kind of manifest that a digest may name; a registry may answer 404 for one that is not asked for. */
const MANIFEST_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const tokenAnswerSchema = z
    .looseObject({ token: z.string().optional(), access_token: z.string().optional() })
    .transform(({ token, access_token }) => token ?? access_token ?? "");

/** How registries are asked. */
export interface RegistryOptions {
    readonly patience?: Patience;
    /** Where Docker's config is found, and its helpers' environment. */
    readonly env?: NodeJS.ProcessEnv;
}

/**
 * Asks a registry whether it serves a digest: `HEAD /v2/<path>/manifests/<digest>`, the OCI distribution specification's way
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry), as
 * nobody at first, then with the credentials that Docker has, by its basic or bearer challenge.
 *
 * @returns why it does not, or `undefined` when it does; never rejects
 */
export async function registryTrouble(
    repository: string,
    digest: string,
    options: RegistryOptions = {},
): Promise<string | undefined> {
    const parsed = parseImageReference(`${repository}@${digest}`);
    if (!parsed.ok) {
        return `"${repository}@${digest}": ${parsed.reason}`;
    }
    const { patience = DEFAULT_PATIENCE, env = process.env } = options;
    try {
        await retryTransient(() => ask(parsed.reference, digest, patience.timeoutMs, env), patience);
        return undefined;
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}

async function ask(
    reference: ImageReference,
    digest: string,
    timeoutMs: number,
    env: NodeJS.ProcessEnv,
): Promise<void> {
    const { registry, path } = reference;
    const url = `${originOf(registry)}/v2/${path}/manifests/${digest}`;
    const head = (authorization?: string) =>
        request(url, timeoutMs, {
            method: "HEAD",
            headers: { accept: MANIFEST_TYPES, ...(authorization === undefined ? {} : { authorization }) },
        });

    let answer = await head();
    if (answer.status === 401) {
        const credentials = await findCredentials(registry, env);
        const challenges = parseChallenges(answer.headers.get("www-authenticate") ?? "");
        const authorization = await authorize(challenges, credentials, reference, timeoutMs);
        if (authorization === undefined) {
            throw new Error(
                `the registry "${registry}" wants credentials, and Docker has none for it; "docker login ${registry}" first`,
            );
        }
        answer = await head(authorization);
    }
    judge(answer, reference, digest);
}

function judge(answer: Response, { registry, path }: ImageReference, digest: string): void {
    const { status } = answer;
    if (status === 200) {
        const found = answer.headers.get("docker-content-digest");
        if (found !== null && found !== digest) {
            throw new Error(
                `the registry "${registry}" answered with another digest, "${found}"; expected "${digest}"`,
            );
        }
        return;
    }
    if (status === 404) {
        throw new Error(`the registry "${registry}" has no "${path}@${digest}"; was it pushed there?`);
    }
    if (status === 401 || status === 403) {
        throw new Error(
            `the registry "${registry}" refused the credentials for "${path}" (${status}); "docker login ${registry}" with a user who may pull it`,
        );
    }
    throw new Error(`the registry "${registry}" answered ${status}, expected 200`);
}

/** The header that meets a challenge, bearer before basic; `undefined` when there is nothing to meet it with. */
async function authorize(
    challenges: readonly Challenge[],
    credentials: Credentials | undefined,
    reference: ImageReference,
    timeoutMs: number,
): Promise<string | undefined> {
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
        return `Bearer ${await fetchToken(bearer, credentials, reference, timeoutMs)}`;
    }
    const basic = challenges.some(({ scheme }) => scheme === "basic");
    return basic && credentials?.kind === "password" ? basicHeader(credentials) : undefined;
}

/**
 * Fetches an access token, also as nobody: public images of many registries need one.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
async function fetchToken(
    { parameters }: Challenge,
    credentials: Credentials | undefined,
    { registry, path }: ImageReference,
    timeoutMs: number,
): Promise<string> {
    const realm = parameters.get("realm") ?? "";
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const secure = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.host));
    if (url === undefined || !secure) {
        throw new Error(
            `the registry "${registry}" names "${realm.slice(0, 200)}" for its tokens; expected an https URL`,
        );
    }
    const fields = {
        service: parameters.get("service") ?? "",
        scope: parameters.get("scope") ?? `repository:${path}:pull`,
    };
    let answer: Response;
    if (credentials?.kind === "identity-token") {
        const form = {
            ...fields,
            grant_type: "refresh_token",
            client_id: "fleet",
            refresh_token: credentials.token,
        };
        answer = await request(url.href, timeoutMs, { method: "POST", body: new URLSearchParams(form) });
    } else {
        for (const [name, value] of Object.entries(fields)) {
            if (value !== "") {
                url.searchParams.set(name, value);
            }
        }
        const headers = credentials === undefined ? {} : { authorization: basicHeader(credentials) };
        answer = await request(url.href, timeoutMs, { headers });
    }
    if (!answer.ok) {
        const who =
            credentials === undefined ? `nobody ("docker login ${registry}" first)` : "Docker's credentials";
        throw new Error(
            `"${url.host}" answered ${answer.status} to ${who} when asked for a token of "${registry}"`,
        );
    }
    const token = tokenAnswerSchema.safeParse(await answer.json().catch(() => undefined));
    if (!token.success || !/^[\x21-\x7e]+$/.test(token.data)) {
        throw new Error(`"${url.host}" answered without a token of "${registry}"`);
    }
    return token.data;
}

function basicHeader({
    username,
    password,
}: {
    readonly username: string;
    readonly password: string;
}): string {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Plain HTTP on loopback alone, as Docker has it; Docker Hub's API has a host of its own. */
function originOf(registry: string): string {
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    return `${isLoopback(host) ? "http" : "https"}://${host}`;
}

function isLoopback(host: string): boolean {
    return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}

async function request(url: string, timeoutMs: number, init: RequestInit): Promise<Response> {
    const { host } = new URL(url);
    let answer: Response;
    try {
        answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
        throw describeFailure(host, timeoutMs, error);
    }
    if (TRANSIENT_STATUSES.has(answer.status)) {
        await answer.body?.cancel();
        throw new TransientError(
            `the registry "${host}" answered ${answer.status}`,
            retryAfterMs(answer.headers.get("retry-after")),
        );
    }
    return answer;
}

/** fetch hides why it failed in the cause, and of several addresses in the causes of that. */
function describeFailure(host: string, timeoutMs: number, error: unknown): Error {
    if (error instanceof Error && error.name === "TimeoutError") {
        return new TransientError(`the registry "${host}" gave no answer within ${timeoutMs / 1000} s`);
    }
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const { code, message } = (first ?? error) as { readonly code?: string; readonly message?: string };
    return code !== undefined && CONNECTION_ERRORS.has(code)
        ? new TransientError(`the registry "${host}" cannot be reached (${code})`)
        : new Error(
              `the registry "${host}" cannot be asked: ${message ?? String(error)}${code === undefined ? "" : ` (${code})`}`,
          );
}
