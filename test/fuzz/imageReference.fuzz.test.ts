import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { formatImageReference, parseImageReference } from "../../images/imageReference";
import { judgeImage } from "../../images/immutability";
import { describeFix } from "../../policy/imageReport";
import { parseRepositoryPattern } from "../../policy/repositoryPattern";
import { DEFAULT_TAG_CONVENTION } from "../../images/immutability";
import { arbitraryReference } from "./arbitraryReference";
import { readByGrammar } from "./distributionGrammar";

describe("fuzz: image references", () => {
    it("are read as the distribution grammar reads them, in 120,000 cases", () => {
        let valid = 0;
        fc.assert(
            fc.property(arbitraryReference, (text) => {
                const parsed = parseImageReference(text);
                const expected = readByGrammar(text);
                if (!parsed.ok) {
                    assert.equal(
                        expected,
                        undefined,
                        `${JSON.stringify(text)} was refused: ${parsed.reason}`,
                    );
                    return;
                }
                valid++;
                const { registry, path, tag, digest } = parsed.reference;
                assert.deepEqual({ registry, path, tag, digest }, expected, JSON.stringify(text));
                assert.equal(formatImageReference(parsed.reference), text);
            }),
            { numRuns: 120_000 },
        );
        // The cases would prove nothing if nearly all of them were nonsense.
        assert.ok(valid > 20_000, `only ${valid} of the cases were valid`);
    }).timeout(120_000);

    it("never make the report of a violation fail, and what it proposes is better than what was", () => {
        fc.assert(
            fc.property(arbitraryReference, (text) => {
                const fix = describeFix(text, "image", DEFAULT_TAG_CONVENTION);
                const proposed = /^image: "(.*?)"/.exec(fix)?.[1] ?? "";
                const filled = proposed
                    .replace("<digest>", "a".repeat(64))
                    .replace("<registry>/<repository>", "a/b");
                assert.ok(
                    ["digest", "git-sha-tag"].includes(judgeImage(filled).kind),
                    `${JSON.stringify(text)}: ${fix}`,
                );
            }),
            { numRuns: 20_000 },
        );
    }).timeout(60_000);

    it("never make the reading of a repository pattern throw", () => {
        fc.assert(
            fc.property(arbitraryReference, (text) => {
                parseRepositoryPattern(text);
            }),
            { numRuns: 20_000 },
        );
    }).timeout(60_000);

    it("take no longer than their length, even those that are made to backtrack", () => {
        const long = 100_000;
        const attacks = [
            "a".repeat(long),
            "a-".repeat(long),
            "-".repeat(long),
            "a/".repeat(long),
            "a.".repeat(long),
            ":".repeat(long),
            "@".repeat(long),
            `${"a".repeat(250)}!`,
            `${"a-".repeat(120)}!`,
            `${"a.".repeat(120)}/!`,
            `x:${"a".repeat(127)}!`,
            `[${":".repeat(300)}/a`,
        ];
        const started = performance.now();
        for (const text of attacks) {
            judgeImage(text);
            describeFix(text, "image", DEFAULT_TAG_CONVENTION);
            parseRepositoryPattern(text);
        }
        assert.ok(performance.now() - started < 500, `took ${performance.now() - started} ms`);
    });
});
