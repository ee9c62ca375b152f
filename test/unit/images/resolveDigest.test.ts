import assert from "node:assert/strict";
import { formatImageReference, parseImageReference } from "../../../images/imageReference";
import { resolveDigest } from "../../../images/resolveDigest";
import { MendableError } from "../../../lib/text/mendableError";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";

function reference(text: string) {
    const parsed = parseImageReference(text);
    return parsed.ok ? parsed.reference : assert.fail(parsed.reason);
}

const WHERE = "platform/Pulumi.prod.yaml: platform:runtimes.claude-code";
const TAGGED = reference("ghcr.io/genbrain/claude-code:sha-19f3175");

async function failure(why: unknown): Promise<string> {
    const error: unknown = await resolveDigest(TAGGED, WHERE, () => {
        throw why;
    }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof MendableError, String(error));
    assert.match(
        error.message,
        /^The digest of "ghcr\.io\/genbrain\/claude-code:sha-19f3175" could not be read: /,
    );
    return error.message;
}

describe("resolveDigest", () => {
    it("keeps a digest and asks nobody", async () => {
        const image = `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`;
        const answer = await resolveDigest(reference(image), WHERE, () => assert.fail("asked a registry"));
        assert.equal(formatImageReference(answer), image);
    });

    it("asks for a tag's digest, once, and keeps the tag beside it", async () => {
        const asked: string[] = [];
        const answer = await resolveDigest(TAGGED, WHERE, (image, where) => {
            asked.push(`${where}: ${image}`);
            return Promise.resolve(DIGEST_B);
        });
        assert.equal(formatImageReference(answer), `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_B}`);
        assert.deepEqual(asked, [`${WHERE}: ghcr.io/genbrain/claude-code:sha-19f3175`]);
    });

    for (const answer of [
        "",
        "sha256:abc",
        `sha512:${"a".repeat(128)}`,
        DIGEST_A.toUpperCase(),
        `${DIGEST_A}\n`,
    ]) {
        it(`refuses the answer ${JSON.stringify(answer.slice(0, 20))} (${answer.length} characters)`, async () => {
            await assert.rejects(
                resolveDigest(TAGGED, WHERE, () => Promise.resolve(answer)),
                {
                    name: "MendableError",
                    message: /the registry answered ".*", expected "sha256:" and 64 hex digits/s,
                },
            );
        });
    }

    // The words of the docker provider 5.2, of its engine, and of registries.
    const failures: [string, string, RegExp][] = [
        [
            "no Docker daemon",
            "failed to connect to any docker daemon",
            /no Docker daemon answers.*start one, or pin a digest/,
        ],
        [
            "no Docker daemon on its socket",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            /no Docker daemon answers/,
        ],
        [
            "a missing plugin",
            "no resource plugin 'pulumi-resource-docker' found in the workspace at version v5.2.0 or on your $PATH",
            /the Pulumi plugin "docker" is not installed \("pulumi plugin install resource docker"\)/,
        ],
        [
            "a plugin that cannot be downloaded",
            "Could not automatically download and install resource plugin 'pulumi-resource-docker': error downloading plugin: 403 HTTP error",
            /the Pulumi plugin "docker" is not installed/,
        ],
        [
            "refused credentials",
            "Got error when attempting to fetch image: 401 Unauthorized",
            /docker login ghcr\.io/,
        ],
        [
            "a forbidden repository",
            "bad response: 403 Forbidden",
            /the registry "ghcr\.io" refused the credentials/,
        ],
        ["denied access", "denied: requested access to the resource is denied", /refused the credentials/],
        ["a missing image", "bad response: 404 Not Found", /has no such image; was the release published\?/],
        ["an unknown manifest", "manifest unknown", /the registry "ghcr\.io" has no such image/],
        [
            "an unreachable registry",
            "Get https://ghcr.io/v2/: dial tcp: lookup ghcr.io: no such host",
            /the registry "ghcr\.io" cannot be reached; check the network/,
        ],
        ["a registry that answers too late", "context deadline exceeded", /cannot be reached/],
    ];
    for (const [what, words, message] of failures) {
        it(`says that it was ${what}`, async () => {
            assert.match(await failure(new Error(words)), message);
        });
    }

    it("keeps the cause's own words, on one line and clipped, whatever was thrown", async () => {
        assert.match(await failure(new Error("a\n  b\tc")), /: a b c$/);
        assert.ok((await failure(new Error("x".repeat(5000)))).length < 600);
        assert.match(await failure("just text"), /: just text$/);
    });
});
