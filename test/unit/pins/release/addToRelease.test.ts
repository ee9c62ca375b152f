import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { MendableError } from "../../../../lib/text/mendableError";
import { type ReleaseAddOptions, addToRelease } from "../../../../pins/release/addToRelease";
import { readRelease } from "../../../../pins/release/release";

const DIGEST = `sha256:${"a".repeat(64)}`;
const NOW = new Date("2026-06-21T10:00:00.123Z");

describe("fleet release add", () => {
    let directory: string;
    beforeEach(() => {
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "release-"));
    });
    afterEach(() => {
        fs.rmSync(directory, { recursive: true });
    });

    const options = (change: Partial<ReleaseAddOptions> = {}): ReleaseAddOptions => ({
        file: path.join(directory, "releases", "v0.3.44.json"),
        release: "v0.3.44",
        runtime: "platform-agent",
        image: "ghcr.io/genbrain/molecule-platform-agent:sha-19f3175",
        digest: DIGEST,
        gitSha: "19f3175",
        evidence: ["smoke=passed:https://ci.example.com/runs/1"],
        ...change,
    });
    const problemsOf = (change: Partial<ReleaseAddOptions>): string => {
        try {
            addToRelease(options(change), NOW);
        } catch (error) {
            assert.ok(error instanceof MendableError);
            assert.equal(error.exitCode, 2);
            return error.message;
        }
        return assert.fail("nothing was refused");
    };

    it("makes the file, and adds the next runtime to it", () => {
        assert.equal(addToRelease(options(), NOW), true);
        const image = `ghcr.io/genbrain/claude-code@sha256:${"b".repeat(64)}`;
        const next = { runtime: "claude-code", image, digest: undefined, release: undefined };
        assert.equal(addToRelease(options(next), NOW), true);

        const { release, problems } = readRelease(options().file);
        assert.deepEqual(problems, []);
        assert.equal(release?.release, "v0.3.44");
        assert.deepEqual(release.runtimes.get("platform-agent"), {
            repository: "ghcr.io/genbrain/molecule-platform-agent",
            digest: DIGEST,
            tag: "sha-19f3175",
            gitSha: "19f3175",
            publishedAt: "2026-06-21T10:00:00Z",
            evidence: [{ name: "smoke", result: "passed", url: "https://ci.example.com/runs/1" }],
        });
        assert.equal(release.runtimes.get("claude-code")?.digest, `sha256:${"b".repeat(64)}`);
    });

    it("changes nothing when the same is added again", () => {
        addToRelease(options(), NOW);
        const text = fs.readFileSync(options().file, "utf8");
        assert.equal(addToRelease(options(), new Date("2026-06-22T00:00:00Z")), false);
        assert.equal(fs.readFileSync(options().file, "utf8"), text);
    });

    it("refuses another image for a runtime that the release has", () => {
        addToRelease(options(), NOW);
        assert.match(problemsOf({ digest: `sha256:${"c".repeat(64)}` }), /has "platform-agent" already/);
    });

    it("refuses another release's file", () => {
        addToRelease(options(), NOW);
        assert.match(problemsOf({ release: "v9" }), /is the release "v0.3.44"; expected another file/);
    });

    it("keeps failed evidence as it is: a promotion refuses it, not the record of it", () => {
        addToRelease(options({ evidence: [`smoke=failed:${DIGEST}`] }), NOW);
        assert.deepEqual(readRelease(options().file).release?.runtimes.get("platform-agent")?.evidence, [
            { name: "smoke", result: "failed", digest: DIGEST },
        ]);
    });

    it("gathers evidence check by check, and publishes a release once", () => {
        addToRelease(options(), NOW);
        const scan = "scan=passed:https://ci.example.com/runs/2";
        const later = { evidence: [scan], publishedAt: "2026-07-01T00:00:00Z" };
        assert.equal(addToRelease(options(later), NOW), true);
        assert.equal(addToRelease(options(later), NOW), false);
        const entry = readRelease(options().file).release?.runtimes.get("platform-agent");
        assert.deepEqual(
            entry?.evidence.map(({ name }) => name),
            ["smoke", "scan"],
        );
        assert.equal(entry.publishedAt, "2026-06-21T10:00:00Z");
    });

    it("lets no later run that passed take a failed check off the record", () => {
        addToRelease(options(), NOW);
        assert.equal(
            addToRelease(options({ evidence: ["smoke=failed:https://ci.example.com/runs/3"] }), NOW),
            true,
        );
        assert.match(
            problemsOf({}),
            /the check "smoke" of "platform-agent" failed \(https.*3\), and that stays on record/,
        );
        assert.match(
            problemsOf({ runtime: "other", evidence: [`scan=failed:${DIGEST}`, `scan=passed:${DIGEST}`] }),
            /the check "scan" of "other" failed/,
        );
        assert.deepEqual(readRelease(options().file).release?.runtimes.get("platform-agent")?.evidence, [
            { name: "smoke", result: "failed", url: "https://ci.example.com/runs/3" },
        ]);
    });

    it("lists everything that is wrong at once, and writes nothing", () => {
        const message = problemsOf({
            runtime: "Platform Agent",
            digest: "sha256:short",
            gitSha: "main",
            evidence: ["smoke"],
            release: "",
        });
        for (const part of [
            "--runtime",
            "5 characters after the colon",
            "gitSha",
            "--evidence",
            "--release",
        ]) {
            assert.ok(message.includes(part), `${part} in ${message}`);
        }
        assert.equal(fs.existsSync(options().file), false);
    });

    for (const [what, change, expected] of [
        ["an empty digest", { digest: "" }, /the digest is empty/],
        [
            "a tag without a digest",
            { image: "ghcr.io/genbrain/agent:latest", digest: undefined },
            /the digest is empty/,
        ],
        [
            "a digest with upper-case letters",
            { digest: `sha256:${"A".repeat(64)}` },
            /other than 0-9 and a-f/,
        ],
        [
            "two digests that differ",
            { image: `ghcr.io/a/b@sha256:${"b".repeat(64)}` },
            /--image has another digest/,
        ],
        ["a reference that does not parse", { image: "ghcr.io/Upper/case" }, /upper-case letters/],
    ] as const) {
        it(`refuses ${what}`, () => {
            assert.match(problemsOf(change), expected);
        });
    }
});
