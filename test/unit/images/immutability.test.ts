import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { DEFAULT_TAG_CONVENTION, isGitShaTag, judgeImage } from "../../../images/immutability";

const SHA256 = `sha256:${"a".repeat(64)}`;
const withVersions = { ...DEFAULT_TAG_CONVENTION, versionSha: true };

describe("isGitShaTag", () => {
    for (const tag of [
        "abc1234",
        "1234567",
        "0".repeat(40),
        "sha-abc1234",
        "git-abc1234",
        `sha-${"f".repeat(40)}`,
    ]) {
        it(`takes "${tag}"`, () => {
            assert.ok(isGitShaTag(tag));
        });
    }

    for (const tag of [
        "latest",
        "abc123",
        "0".repeat(41),
        "ABC1234",
        "abc123g",
        "sha-abc123",
        "Sha-abc1234",
        "sha_abc1234",
        "xsha-abc1234",
        "abc1234-dirty",
        "sha-sha-abc1234",
        "v1.2.3",
        "v1.2.3-abc1234",
        "",
        "abc1234\n",
    ]) {
        it(`does not take ${JSON.stringify(tag)}`, () => {
            assert.ok(!isGitShaTag(tag));
        });
    }

    it("takes a version with a git SHA only where the convention has it", () => {
        for (const tag of ["v1.2.3-abc1234", "1.2.3-abc1234", "v1.2.3-14-gabc1234", "v1.2.3-gabc1234"]) {
            assert.ok(isGitShaTag(tag, withVersions), tag);
            assert.ok(!isGitShaTag(tag), tag);
        }
        for (const tag of [
            "v1.2.3",
            "v1.2-abc1234",
            "v1.2.3-rc1",
            "v1.2.3-ABC1234",
            "v1.2.3-abc123",
            "v1.2.3-abc1234-x",
        ]) {
            assert.ok(!isGitShaTag(tag, withVersions), tag);
        }
    });

    it("takes the prefixes of the convention and no others", () => {
        const convention = { shaPrefixes: ["build."], versionSha: false };
        assert.ok(isGitShaTag("build.abc1234", convention));
        assert.ok(isGitShaTag("abc1234", convention));
        assert.ok(!isGitShaTag("sha-abc1234", convention));
        assert.ok(!isGitShaTag("buildxabc1234", convention));
    });
});

describe("judgeImage", () => {
    const kindOf = (image: unknown) => judgeImage(image).kind;

    it("takes a digest, whatever the tag is", () => {
        assert.equal(kindOf(`nginx@${SHA256}`), "digest");
        assert.equal(kindOf(`nginx:latest@${SHA256}`), "digest");
    });

    it("takes a git-SHA tag", () => {
        assert.equal(kindOf("nginx:sha-abc1234"), "git-sha-tag");
    });

    it("refuses every other tag, and none, with its reason", () => {
        for (const image of [
            "nginx:latest",
            "nginx:LATEST",
            "nginx:v1",
            "nginx:1.2.3",
            "nginx:stable",
            "host:5000/app",
            "nginx",
        ]) {
            assert.equal(kindOf(image), "mutable", image);
        }
        const untagged = judgeImage("host:5000/app");
        assert.ok(untagged.kind === "mutable");
        assert.match(untagged.reason, /no tag.*":latest"/);
    });

    it("refuses what does not parse, with the parser's reason", () => {
        const verdict = judgeImage("nginx:${TAG}");
        assert.ok(verdict.kind === "unparsable");
        assert.match(verdict.reason, /unexpanded variable/);
        assert.equal(kindOf(undefined), "unparsable");
    });
});
