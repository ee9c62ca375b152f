import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseImageReference } from "../../../../images/imageReference";
import { DEFAULT_TAG_CONVENTION, type TagConvention, judgeImage } from "../../../../images/immutability";
import {
    LOCALHOST,
    dubiousPattern,
    immutablePattern,
    repositoryPatternExpression,
} from "../../../../policy/admission/imagePatterns";
import { matchesRepository, repositoryPatternSchema } from "../../../../policy/repositoryPattern";
import { arbitraryReference } from "../../../fuzz/arbitraryReference";

/** RE2's `(?i:…)` is understood by this version of JavaScript as well, so the pattern is tried as it is. */
const compile = (pattern: string) => new RegExp(pattern);

/** The two patterns about immutability as the admission policy combines them. */
function matcher(convention: TagConvention): (image: string) => boolean {
    const immutable = compile(immutablePattern(convention));
    const dubious = compile(dubiousPattern(convention));
    return (image) => immutable.test(image) && !dubious.test(image);
}

describe("the admission policy's patterns", () => {
    it("agree with the parser and the convention", () => {
        for (const convention of [DEFAULT_TAG_CONVENTION, { shaPrefixes: ["build."], versionSha: true }]) {
            const matches = matcher(convention);
            fc.assert(
                fc.property(arbitraryReference, (image) => {
                    // The length of the path is the one thing that the pattern does not count.
                    fc.pre(image.length <= 255);
                    const { kind } = judgeImage(image, convention);
                    assert.equal(
                        matches(image),
                        kind === "digest" || kind === "git-sha-tag",
                        JSON.stringify(image),
                    );
                }),
                { numRuns: 20_000 },
            );
        }
    }).timeout(60_000);

    it("agree about tags of the convention's edges", () => {
        const convention = { shaPrefixes: [...DEFAULT_TAG_CONVENTION.shaPrefixes, "ci-"], versionSha: true };
        const matches = matcher(convention);
        for (const [tag, expected] of [
            ["abc1234", true],
            ["sha-abc1234", true],
            ["v1.2.3-abc1234", true],
            ["v1.2.3", false],
            ["sha-abc123", false],
            ["latest", false],
            ["1234567", false],
            ["123456789", false],
            ["9234567890", true],
            ["20260131", false],
            ["1699999999", false],
            ["sha-20260131", true],
            ["ci-20260131", false],
            ["ci-abc1234", true],
            ["1.2.3-20260131", false],
            ["1.2.3-g20260131", true],
            ["1.2.3-4-1234567", false],
        ] as const) {
            const image = `ghcr.io/a/b:${tag}`;
            assert.equal(matches(image), expected, tag);
            assert.equal(judgeImage(image, convention).kind === "git-sha-tag", expected, tag);
            assert.ok(matches(`${image}@sha256:${"a".repeat(64)}`), "with a digest the tag does not matter");
        }
    });

    it("agree about what is in a repository", () => {
        const images = [
            "nginx",
            "nginx:1",
            "library/nginx",
            "docker.io/nginx",
            "docker.io/library/nginx@x",
            "index.docker.io/library/nginx",
            "nginx/nginx",
            "docker.io/nginx/nginx",
            "nginx-evil",
            "ghcr.io/acme/x",
            "GHCR.io/acme/x:1",
            "ghcr.io/acme-evil/x",
            "ghcr.io/acme",
            "ghcr.io/x/acme",
            "ghcr.io.evil/acme",
            "acme/x",
            "my-acme/x",
            "host:5000/a",
            "host:5001/a",
            "localhost/a",
            "a.b/c",
            "[::1]:5000/a",
        ];
        const repositories = [
            "nginx",
            "docker.io",
            "docker.io/nginx",
            "docker.io/library",
            "library/nginx",
            "acme/x",
            "docker.io/acme",
            "ghcr.io",
            "ghcr.io/acme",
            "host:5000",
            "host:5000/a",
            "localhost",
            "[::1]:5000",
        ];
        for (const repository of repositories) {
            const expected = repositoryPatternSchema.parse(repository);
            const pattern = compile(repositoryPatternExpression(expected));
            for (const image of images) {
                const parsed = parseImageReference(image);
                const matches = parsed.ok && matchesRepository(expected, parsed.reference);
                // The policy leaves localhost out of Docker Hub by a condition of its own.
                const isLocalhost = repository === "docker.io" && image.startsWith(LOCALHOST);
                assert.equal(
                    pattern.test(image) && !isLocalhost,
                    matches,
                    `"${image}" in "${repository}": ${pattern.source}`,
                );
            }
        }
    });
});
