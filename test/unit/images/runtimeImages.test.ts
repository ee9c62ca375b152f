import assert from "node:assert/strict";
import fc from "fast-check";
import { formatImageReference } from "../../../images/imageReference";
import {
    ReferenceOutputError,
    formatRuntimeImages,
    parseRuntimeImages,
    runtimeNameSchema,
} from "../../../images/runtimeImages";
import { DIGEST_A, DIGEST_B, PINS, pinned } from "../../support/sampleImages";

const STACK = "organization/platform/prod";
const GOOD = {
    image: `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`,
    release: "v0.3.43",
    promotedAt: "2026-06-21T10:19:30Z",
};

function output(runtime: unknown): unknown {
    return { schemaVersion: 1, runtimes: { "claude-code": runtime } };
}

function problemsOf(value: unknown): readonly string[] {
    try {
        parseRuntimeImages(value, STACK);
        return [];
    } catch (error) {
        assert.ok(error instanceof ReferenceOutputError, String(error));
        for (const part of [STACK, "nothing was changed", ...error.problems]) {
            assert.ok(error.message.includes(part), `"${part}" is not in the message`);
        }
        return error.problems;
    }
}

describe("parseRuntimeImages", () => {
    it("reads image, release and time of every runtime", () => {
        const images = parseRuntimeImages(output(GOOD), STACK);
        const { image, ...rest } = images.get("claude-code") ?? assert.fail("no claude-code");
        assert.equal(formatImageReference(image), GOOD.image);
        assert.deepEqual(rest, { release: "v0.3.43", promotedAt: "2026-06-21T10:19:30Z" });
    });

    it("passes over what a newer platform may say besides", () => {
        const value = { ...(output({ ...GOOD, notes: "x" }) as object), generatedBy: "y" };
        assert.deepEqual(problemsOf(value), []);
    });

    const refused: [string, unknown, RegExp][] = [
        ["a missing output", undefined, /^it is missing: the stack has no such output/],
        ["null", null, /^it is null, expected an object with "runtimes"/],
        ["empty text", "", /^it is "", expected an object/],
        ["text", "v1", /^runtimeImages\.\(the whole document\): "v1": .*expected object/],
        ["a list", [GOOD], /^runtimeImages\.\(the whole document\): a list of 1: /],
        [
            "no version",
            { runtimes: { "claude-code": GOOD } },
            /^runtimeImages\.schemaVersion: nothing: expected 1/,
        ],
        [
            "a newer version",
            { schemaVersion: 2, runtimes: { a: GOOD } },
            /schemaVersion: 2: expected 1: both stacks/,
        ],
        [
            "a version as text",
            { schemaVersion: "1", runtimes: { a: GOOD } },
            /schemaVersion: "1": expected 1/,
        ],
        ["no runtimes", { schemaVersion: 1 }, /^runtimeImages\.runtimes: nothing/],
        [
            "runtimes in a list",
            { schemaVersion: 1, runtimes: [GOOD] },
            /^runtimeImages\.runtimes: a list of 1/,
        ],
        [
            "an empty set of runtimes",
            { schemaVersion: 1, runtimes: {} },
            /runtimes is empty: .* pins no runtime/,
        ],
        [
            "a bad runtime's name",
            { schemaVersion: 1, runtimes: { Claude: GOOD } },
            /runtimes\.Claude: the key "Claude"/,
        ],
        ["a runtime that is text", output(GOOD.image), /runtimes\.claude-code: "ghcr/],
        ["a runtime that is null", output(null), /runtimes\.claude-code: null/],
        ["no image", output({ release: "v1" }), /runtimes\.claude-code\.image: nothing/],
        ["an image that is null", output({ ...GOOD, image: null }), /claude-code\.image: null/],
        ["an empty image", output({ ...GOOD, image: "" }), /claude-code\.image: "": refused: it is empty/],
        [
            "an empty release",
            output({ ...GOOD, release: "" }),
            /claude-code\.release: "": expected the release's name/,
        ],
        ["a bad time", output({ ...GOOD, promotedAt: "yesterday" }), /claude-code\.promotedAt: "yesterday"/],
        [
            "a mutable image",
            output({ ...GOOD, image: "ghcr.io/a/b:latest" }),
            /claude-code\.image: "ghcr\.io\/a\/b:latest": refused: the tag "latest" can be moved/,
        ],
        ["an image without a tag", output({ ...GOOD, image: "ghcr.io/a/b" }), /refused: it has no tag/],
        [
            "a git-SHA tag without a digest",
            output({ ...GOOD, image: "ghcr.io/a/b:sha-19f3175" }),
            /refused: it is a git-SHA tag, but a reference stack exports digests; expected "repository\[:tag\]@sha256/,
        ],
        [
            "a short digest",
            output({ ...GOOD, image: "a/b@sha256:abc" }),
            /refused: the sha256 digest has 3 characters/,
        ],
        [
            "the engine's sentinel of an unknown value",
            output({ ...GOOD, image: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }),
            /refused: it has no tag/,
        ],
    ];
    for (const [what, value, message] of refused) {
        it(`refuses ${what}, in words of its own`, () => {
            const problems = problemsOf(value);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", message);
        });
    }

    it("tells all problems of all runtimes in one run", () => {
        const problems = problemsOf({
            schemaVersion: 1,
            runtimes: {
                "claude-code": { image: "ghcr.io/a/b:latest", release: "v1" },
                "platform-agent": { image: `ghcr.io/a/c@${DIGEST_B}`, release: "" },
                other: { image: "x y" },
            },
        });
        assert.deepEqual(
            problems.map((problem) => problem.split(": ")[0]),
            [
                "runtimeImages.runtimes.claude-code.image",
                "runtimeImages.runtimes.platform-agent.release",
                "runtimeImages.runtimes.other.image",
                "runtimeImages.runtimes.other.release",
            ],
        );
    });

    it("throws nothing but ReferenceOutputError, whatever it is given", () => {
        fc.assert(fc.property(fc.anything(), (value) => problemsOf(value).length > 0));
    });
});

describe("formatRuntimeImages", () => {
    it("is read back to the same, as the next ring does", () => {
        const written: unknown = JSON.parse(JSON.stringify(formatRuntimeImages(PINS)));
        assert.deepEqual(parseRuntimeImages(written, STACK), PINS);
    });

    it("writes runtimes by name and each image as one string", () => {
        const image = pinned(`ghcr.io/a/b:v1@${DIGEST_A}`);
        const images = new Map([
            ["zeta", { image, release: "v1", promotedAt: "2026-06-21T10:19:30Z" }],
            ["alpha", { image, release: "v1" }],
        ]);
        assert.equal(
            JSON.stringify(formatRuntimeImages(images)),
            JSON.stringify({
                schemaVersion: 1,
                runtimes: {
                    alpha: { image: `ghcr.io/a/b:v1@${DIGEST_A}`, release: "v1" },
                    zeta: {
                        image: `ghcr.io/a/b:v1@${DIGEST_A}`,
                        release: "v1",
                        promotedAt: "2026-06-21T10:19:30Z",
                    },
                },
            }),
        );
    });
});

describe("runtimeNameSchema", () => {
    const table: [string, boolean][] = [
        ["claude-code", true],
        ["a", true],
        ["constructor", true],
        ["a".repeat(63), true],
        ["a".repeat(64), false],
        ["", false],
        ["Claude", false],
        ["1st", false],
        ["a-", false],
        ["a.b", false],
        ["a_b", false],
        ["a\n", false],
        ["__proto__", false],
    ];
    for (const [name, good] of table) {
        it(`${good ? "accepts" : "refuses"} ${JSON.stringify(name.slice(0, 20))} (${name.length} characters)`, () => {
            assert.equal(runtimeNameSchema.safeParse(name).success, good);
        });
    }
});
