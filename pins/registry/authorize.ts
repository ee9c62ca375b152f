import { z } from "zod";
import type { ImageReference } from "../../images/imageReference";
import type { Challenge } from "./challenge";
import type { Credentials } from "./dockerCredentials";
import { isLoopback, request } from "./registryRequest";

const tokenAnswerSchema = z
    .looseObject({ token: z.string().optional(), access_token: z.string().optional() })
    .transform(({ token, access_token }) => token ?? access_token ?? "");

/** The header that meets a challenge, bearer before basic; `undefined` when there is nothing to meet it with. */
export async function authorize(
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
