import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseImageReference } from "../../../../images/imageReference";
import { DEFAULT_TAG_CONVENTION, judgeImage } from "../../../../images/immutability";
import {
    LOCALHOST,
    immutablePattern,
    repositoryPatternExpression,
} from "../../../../policy/admission/imagePatterns";
import { matchesRepository, repositoryPattern } from "../../../../policy/repositoryPattern";
import { arbitraryReference } from "../../../fuzz/arbitraryReference";

/** RE2's `(?i:…)` is understood by this version of JavaScript as well, so the pattern is tried as it is. */
const compile = (pattern: string) => new RegExp(pattern);

describe("the admission policy's patterns", () => {
    it("agree with the parser and the convention", () => {
        for (const convention of [DEFAULT_TAG_CONVENTION, { shaPrefixes: ["build."], versionSha: true }]) {
            const pattern = compile(immutablePattern(convention));
            fc.assert(
                fc.property(arbitraryReference, (image) => {
                    // The length of the path is the one thing that the pattern does not count.
                    fc.pre(image.length <= 255);
                    const { kind } = judgeImage(image, convention);
                    assert.equal(
                        pattern.test(image),
                        kind === "digest" || kind === "git-sha-tag",
                        JSON.stringify(image),
                    );
                }),
                { numRuns: 20_000 },
            );
        }
    }).timeout(60_000);

    it("agree about tags of the convention's edges", () => {
        const pattern = compile(immutablePattern({ ...DEFAULT_TAG_CONVENTION, versionSha: true }));
        for (const [tag, matches] of [
            ["abc1234", true],
            ["sha-abc1234", true],
            ["v1.2.3-abc1234", true],
            ["v1.2.3", false],
            ["sha-abc123", false],
            ["latest", false],
        ] as const) {
            assert.equal(pattern.test(`ghcr.io/a/b:${tag}`), matches, tag);
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
            const expected = repositoryPattern(repository);
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
