import {
    type ImageReference,
    type PinnedReference,
    formatImageReference,
    withDigest,
} from "./imageReference";
import { MendableError, messageOf } from "../lib/text/mendableError";

/** Asks a registry for the digest of a tag that is written somewhere: `sha256:…`. */
export type AskRegistry = (image: string, where: string) => Promise<string>;

/**
 * The reference with its digest: itself when it has one, else the registry's answer for its tag.
 *
 * @param where where the tag is written, for whoever reads why it could not be resolved
 * @throws MendableError that says whose fault it is: the daemon's, the registry's or the plugin's
 */
export async function resolveDigest(
    reference: ImageReference,
    where: string,
    ask: AskRegistry = askThroughDocker,
): Promise<PinnedReference> {
    if (reference.digest !== undefined) {
        return withDigest(reference);
    }
    const image = formatImageReference(reference);
    let digest: string;
    try {
        digest = await ask(image, where);
    } catch (error) {
        throw digestError(image, explain(error, reference.registry));
    }
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
        throw digestError(image, `the registry answered "${digest}", expected "sha256:" and 64 hex digits`);
    }
    return { ...reference, digest };
}

/**
 * Loaded only when a tag really has to be resolved: the docker provider connects to a Docker daemon as soon as it starts,
 * even for a question to a registry (provider 5.2), and a stack of digests needs neither.
 *
 * Said before it is asked: where the plugin is missing or its provider does not start, the engine ends the program at once, and
 * its own error knows nothing of the tag.
 */
async function askThroughDocker(image: string, where: string): Promise<string> {
    const [pulumi, docker] = await Promise.all([import("@pulumi/pulumi"), import("@pulumi/docker")]);
    await pulumi.log.info(
        `${where}: asking the registry for the digest of "${image}". This needs the Pulumi plugin "docker" and a Docker daemon; ` +
            "a pin by digest needs neither.",
    );
    const answer = await docker.getRegistryImage({ name: image });
    return answer.sha256Digest;
}

function digestError(image: string, why: string): MendableError {
    return new MendableError(`The digest of "${image}" could not be read: ${why}`);
}

function explain(error: unknown, registry: string): string {
    const message = messageOf(error).replace(/\s+/g, " ").trim();
    const clipped = message.length > 300 ? `${message.slice(0, 297)}...` : message;
    const [, why] = CAUSES.find(([sign]) => sign.test(message)) ?? [];
    const unknown =
        'the registry "{}" cannot be reached; check the network, or pin a digest, which needs none';
    return `${(why ?? unknown).replaceAll("{}", registry)}: ${clipped}`;
}

/** What a message is a sign of, `{}` standing for the registry. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
    [
        /no resource plugin|could not find plugin|failed to (load|install) plugin|error downloading plugin/i,
        'the Pulumi plugin "docker" is not installed ("pulumi plugin install resource docker"), or pin a digest, which needs none',
    ],
    [
        /docker daemon|docker\.sock|docker_engine|docker host|pinging docker/i,
        "no Docker daemon answers, which the docker provider needs even to ask a registry; start one, or pin a digest, which needs none",
    ],
    [
        /\b(401|403)\b|unauthorized|denied|forbidden/i,
        'the registry "{}" refused the credentials ("docker login {}")',
    ],
    [
        /\b404\b|not found|manifest unknown|name unknown/i,
        'the registry "{}" has no such image; was the release published?',
    ],
];
