import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { DEFAULT_TAG_CONVENTION, isGitShaTag, judgeImage } from "../../../images/immutability";

const SHA256 = `sha256:${"a".repeat(64)}`;
const withVersions = { ...DEFAULT_TAG_CONVENTION, versionSha: true };

describe("isGitShaTag", () => {
    for (const tag of [
        "abc1234",
        "0".repeat(40),
        "9876543210",
        "sha-1234567",
        "git-20260131",
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

    it("does not take digits that read as a date, or of which there are few enough to count builds", () => {
        for (const tag of [
            "20260131",
            "2026013105",
            "20260131093000",
            "31012026",
            "01312026",
            "2026031",
            "26013101",
            "2601310930",
            "1699999999",
            "1699999999123",
            "1234567",
            "58467965",
            "999999999",
        ]) {
            assert.ok(!isGitShaTag(tag), tag);
            assert.ok(!isGitShaTag(`ci-${tag}`, { shaPrefixes: ["ci-"], versionSha: true }), tag);
            assert.ok(!isGitShaTag(`1.2.3-${tag}`, withVersions), tag);
        }
        for (const tag of ["20260131abc", "9999999999", "99990131000000", "123456789012345678"]) {
            assert.ok(isGitShaTag(tag), tag);
        }
    });

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

    it("says of few digits that they may be a git SHA, of a date that it is none", () => {
        const counter = judgeImage("nginx:58467965");
        assert.ok(counter.kind === "mutable" && counter.mayBeSha);
        const date = judgeImage("nginx:20260131");
        assert.ok(date.kind === "mutable" && !date.mayBeSha);
        assert.match(date.reason, /is a date/);
    });

    it("refuses what does not parse, with the parser's reason", () => {
        const verdict = judgeImage("nginx:${TAG}");
        assert.ok(verdict.kind === "unparsable");
        assert.match(verdict.reason, /unexpanded variable/);
        assert.equal(kindOf(undefined), "unparsable");
    });
});
