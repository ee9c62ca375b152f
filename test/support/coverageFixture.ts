import assert from "node:assert/strict";
import type { CoverageEntry } from "../../pins/coverage/coverageEntry";
import { type CoverageInput, findCoverageGaps } from "../../pins/coverage/findCoverageGaps";
import { type Release, parseRelease } from "../../pins/release/release";
import { platformConfigSchema } from "../../platform/platformConfig";

/** A digest of one letter. */
export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
/** A pinned image of the registry. */
export const imageOf = (runtime: string, letter: string) =>
    `ghcr.io/genbrain/${runtime}:sha-19f3175@${digest(letter)}`;

const PASSED = [{ name: "smoke", result: "passed", url: "https://ci.example.com/1" }];
/** Evidence that did not. */
export const FAILED = [{ name: "smoke", result: "failed", url: "https://ci.example.com/1" }];

/** A parsed release: runtime → the letter of its digest. */
export function release(
    name: string,
    publishedAt: string,
    digests: Readonly<Record<string, string>>,
    evidence: readonly object[] = PASSED,
): Release {
    const runtimes = Object.fromEntries(
        Object.entries(digests).map(([runtime, letter]) => [
            runtime,
            {
                repository: `ghcr.io/genbrain/${runtime}`,
                digest: digest(letter),
                gitSha: "19f3175",
                publishedAt,
                evidence,
            },
        ]),
    );
    const parsed = parseRelease({ schemaVersion: 1, release: name, runtimes }, name);
    assert.deepEqual(parsed.problems, []);
    assert.ok(parsed.release !== undefined);
    return parsed.release;
}

/** An environment with these pins. */
export function environment(
    pins: Record<string, unknown>,
    promotion: Record<string, unknown> = {},
    name = "prod",
) {
    return { name, config: platformConfigSchema.parse({ kubeContext: "x", runtimes: pins, promotion }) };
}

/** What was pinned before. */
export const OLD = release("sha-201a5fa", "2026-06-18T02:40:00Z", {
    "claude-code": "a",
    "platform-agent": "b",
});
/** The release that somebody forgot. */
export const FIX = release("v0.3.43", "2026-06-21T10:00:00Z", { "claude-code": "c", "platform-agent": "d" });
/** A pin as the promotion of OLD or FIX wrote it. */
export const pin = (runtime: string, letter: string, change: Record<string, unknown> = {}) => ({
    image: imageOf(runtime, letter),
    release: letter === "c" || letter === "d" ? "v0.3.43" : "sha-201a5fa",
    promotedAt: letter === "c" || letter === "d" ? "2026-06-21T10:19:30Z" : "2026-06-18T02:52:59Z",
    ...change,
});

/** What coverage says at 24 June, 13:12. */
export function judge(change: Partial<CoverageInput>): readonly CoverageEntry[] {
    return findCoverageGaps({
        releases: [OLD, FIX],
        environments: [],
        used: [],
        vetoes: { byDigest: new Map(), problems: [] },
        now: new Date("2026-06-24T13:12:00Z"),
        ...change,
    });
}
/** `environment runtime status` of each entry. */
export const statuses = (entries: readonly CoverageEntry[]) =>
    entries.map(({ environment: name, runtime, status }) => `${name} ${runtime} ${status}`);
