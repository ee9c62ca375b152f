import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { z } from "zod";
import { runCommand } from "../lib/system/runCommand";
import { describeIssues } from "../lib/text/describeIssues";
import { MendableError } from "../lib/text/mendableError";

/** What a registry is shown: a user and password, or an identity token, which is exchanged for an access token. */
export type Credentials =
    | { readonly kind: "password"; readonly username: string; readonly password: string }
    | { readonly kind: "identity-token"; readonly token: string };

const authSchema = z.looseObject({
    auth: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    identitytoken: z.string().optional(),
});

/** What `docker login` writes: https://docs.docker.com/reference/cli/docker/login/#credential-stores */
const configSchema = z.looseObject({
    auths: z.record(z.string(), authSchema).default({}),
    credHelpers: z.record(z.string(), z.string()).default({}),
    credsStore: z.string().optional(),
});

const helperAnswerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });

/** How Docker Hub is called in Docker's own config. */
const HUB_KEY = "https://index.docker.io/v1/";

/** Milliseconds for a credential helper, which may ask a cloud. */
const HELPER_TIMEOUT_MS = 30_000;

/**
 * The credentials that Docker has for a registry: from the helper that its config names for it, else from the config itself.
 * `undefined` when there are none, and the registry is asked as nobody.
 *
 * @param registry the host with its port, as `ImageReference.registry` has it
 * @throws Error when the config cannot be read, or its helper fails
 */
export async function findCredentials(
    registry: string,
    env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | undefined> {
    const directory = env["DOCKER_CONFIG"];
    const file = path.join(
        directory === undefined || directory === "" ? path.join(os.homedir(), ".docker") : directory,
        "config.json",
    );
    const config = readConfig(file);
    if (config === undefined) {
        return undefined;
    }
    const helper = config.credHelpers[registry] ?? config.credsStore;
    if (helper !== undefined && helper !== "") {
        const found = await askHelper(helper, registry === "docker.io" ? HUB_KEY : registry, env);
        if (found !== undefined) {
            return found;
        }
    }
    const entry = Object.entries(config.auths).find(([key]) => hostOf(key) === registry)?.[1];
    return entry === undefined ? undefined : readAuth(entry, file, registry);
}

function readConfig(file: string): z.infer<typeof configSchema> | undefined {
    let text: string;
    try {
        text = fs.readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        // Not quoted: the text holds passwords.
        throw new MendableError(`${file}: is not JSON; expected what "docker login" writes`);
    }
    const parsed = configSchema.safeParse(value);
    if (!parsed.success) {
        const paths = describeIssues(parsed.error, undefined).join("; ");
        throw new MendableError(`${file}: ${paths}`);
    }
    return parsed.data;
}

/** `https://index.docker.io/v1/` is `docker.io`; other keys are hosts, with a scheme and a path in old configs. */
function hostOf(key: string): string {
    const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
    return host === "index.docker.io" ? "docker.io" : host;
}

function readAuth(
    { auth, username, password, identitytoken }: z.infer<typeof authSchema>,
    file: string,
    registry: string,
): Credentials | undefined {
    if (identitytoken !== undefined && identitytoken !== "") {
        return { kind: "identity-token", token: identitytoken };
    }
    if (username !== undefined && password !== undefined && username !== "") {
        return { kind: "password", username, password };
    }
    if (auth === undefined || auth === "") {
        return undefined;
    }
    const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = decoded.indexOf(":");
    if (colon < 1) {
        throw new MendableError(
            `${file}: auths["${registry}"].auth is not base64 of "user:password"; "docker login ${registry}" writes it`,
        );
    }
    return {
        kind: "password",
        username: decoded.slice(0, colon),
        password: decoded.slice(colon + 1),
    };
}

/**
 * Asks a credential helper: the server on its standard input, the credentials on its standard output, nothing in its
 * arguments. https://github.com/docker/docker-credential-helpers#development
 */
async function askHelper(
    helper: string,
    server: string,
    env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
    if (!/^[A-Za-z0-9._-]+$/.test(helper)) {
        throw new MendableError(
            `"${helper}" is not the name of a credential helper; expected the rest of "docker-credential-…"`,
        );
    }
    const command = `docker-credential-${helper}`;
    const refuse = (why: string) =>
        new MendableError(`the credential helper "${command}" for "${server}"${why}`);
    const { code, stdout } = await runCommand(command, ["get"], {
        env,
        input: server,
        timeout: HELPER_TIMEOUT_MS,
        mayFail: true,
    }).catch((error: unknown) => {
        throw refuse((error as NodeJS.ErrnoException).code === "ENOENT" ? ": is not on PATH" : ": failed");
    });
    if (code !== 0) {
        // What it prints then is a sentence for people; that there are no credentials is a fixed one.
        if (/credentials not found/i.test(stdout)) {
            return undefined;
        }
        throw refuse(`: ${stdout.trim().slice(0, 200) || "failed"}`);
    }
    try {
        const { Username, Secret } = helperAnswerSchema.parse(JSON.parse(stdout));
        if (Username === "" && Secret === "") {
            return undefined;
        }
        // A user of this name says that the secret is an identity token.
        return Username === "<token>"
            ? { kind: "identity-token", token: Secret }
            : { kind: "password", username: Username, password: Secret };
    } catch {
        throw refuse(" answered something else than Username and Secret");
    }
}
