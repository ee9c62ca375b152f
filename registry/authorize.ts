import { z } from "zod";
import type { ImageReference } from "../images/imageReference";
import type { Challenge } from "./challenge";
import type { Credentials } from "./dockerCredentials";
import { type HttpRequest, isLoopback, send } from "../lib/http/send";
import { MendableError } from "../lib/text/mendableError";

/** How long a token server may take, and how it is reached. */
export type TokenRequest = Pick<HttpRequest, "timeoutMs" | "env">;

const tokenAnswerSchema = z
    .looseObject({ token: z.string().optional(), access_token: z.string().optional() })
    .transform(({ token, access_token }) => token ?? access_token ?? "");

/** A token can hold many claims. */
const MAX_TOKEN_BYTES = 1024 * 1024;

/** The header that meets a challenge, bearer before basic; `undefined` when there is nothing to meet it with. */
export async function authorize(
    challenges: readonly Challenge[],
    credentials: Credentials | undefined,
    reference: ImageReference,
    how: TokenRequest,
): Promise<string | undefined> {
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
        return `Bearer ${await fetchToken(bearer, credentials, reference, how)}`;
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
    how: TokenRequest,
): Promise<string> {
    const realm = parameters.get("realm") ?? "";
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const secure = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.host));
    if (url === undefined || !secure) {
        throw new MendableError(
            `the registry "${registry}" names ${url === undefined ? "no URL" : `"${url.protocol}//${url.host}"`} for its tokens; expected an https URL`,
        );
    }
    const fields = {
        service: parameters.get("service") ?? "",
        scope: parameters.get("scope") ?? `repository:${path}:pull`,
    };
    const who = `the registry "${url.host}"`;
    let request: HttpRequest;
    if (credentials?.kind === "identity-token") {
        const form = {
            ...fields,
            grant_type: "refresh_token",
            client_id: "fleet",
            refresh_token: credentials.token,
        };
        request = {
            ...how,
            who,
            url,
            method: "POST",
            headers: { "content-type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams(form).toString(),
            secretBody: true,
        };
    } else {
        for (const [name, value] of Object.entries(fields)) {
            if (value !== "") {
                url.searchParams.set(name, value);
            }
        }
        const headers = credentials === undefined ? undefined : { authorization: basicHeader(credentials) };
        request = { ...how, who, url, headers };
    }
    const answer = await send({ ...request, maxBytes: MAX_TOKEN_BYTES });
    if (answer.status !== 200) {
        const who =
            credentials === undefined ? `nobody ("docker login ${registry}" first)` : "Docker's credentials";
        throw new MendableError(
            `"${url.host}" answered ${answer.status} to ${who} when asked for a token of "${registry}"`,
        );
    }
    const token = tokenAnswerSchema.safeParse(readJson(answer.body));
    if (!token.success || !/^[\x21-\x7e]+$/.test(token.data)) {
        throw new MendableError(`"${url.host}" answered without a token of "${registry}"`);
    }
    return token.data;
}

function readJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
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
