import assert from "node:assert/strict";
import type { Environment } from "../../pins/environment";
import { planPromotion } from "../../pins/planPromotion";
import { parseRelease } from "../../pins/release/release";
import { withDigest } from "../../images/imageReference";
import { parseImageReference } from "../../images/imageReference";
import type { DeployedPlatform } from "../../engine/platformStack";
import type { RuntimeImages } from "../../images/runtimeImages";
import { platformConfigSchema } from "../../platform/platformConfig";
import type { EnvironmentState } from "../../pins/promotion";
import type { PromotionRequest } from "../../pins/promotion";

/** What is pinned at first, what is promoted, and another one. */
export const OLD = `sha256:${"a".repeat(64)}`;
export const NEW = `sha256:${"b".repeat(64)}`;
export const OTHER = `sha256:${"c".repeat(64)}`;
/** When it is promoted. */
const NOW = new Date("2026-06-22T12:00:00Z");

/** Evidence that a release passed. */
export const smoke = [{ name: "smoke", result: "passed", url: "https://ci.example.com/1" }];
/** What a release publishes for a runtime. */
export const published = (runtime: string, change: Record<string, unknown> = {}) => ({
    repository: `ghcr.io/genbrain/${runtime}`,
    digest: NEW,
    gitSha: "19f3175",
    publishedAt: "2026-06-21T10:00:00Z",
    evidence: smoke,
    ...change,
});
/** A pin as a file has it. */
export const pin = (runtime: string, change: Record<string, unknown> = {}) => ({
    image: `ghcr.io/genbrain/${runtime}@${OLD}`,
    release: "v0.3.42",
    promotedAt: "2026-06-18T02:52:59Z",
    ...change,
});

/** An environment with pins. */
export function environment(
    pins: Record<string, unknown>,
    promotion: Record<string, unknown> = {},
    name = "prod",
): Environment {
    return { name, config: platformConfigSchema.parse({ kubeContext: "x", runtimes: pins, promotion }) };
}

/** All that is known of an environment; both runtimes pinned, and nobody asked what is deployed. */
export function state(change: Partial<EnvironmentState> = {}): EnvironmentState {
    return {
        environment: environment({
            "claude-code": pin("claude-code"),
            "platform-agent": pin("platform-agent"),
        }),
        soakEnvironment: undefined,
        vetoes: { byDigest: new Map(), problems: [] },
        deployed: undefined,
        soakDeployed: undefined,
        off: undefined,
        ...change,
    };
}

/** A release of both runtimes. */
export function request(
    runtimes: Record<string, unknown> = {
        "claude-code": published("claude-code"),
        "platform-agent": published("platform-agent"),
    },
    change: Partial<PromotionRequest> = {},
): PromotionRequest {
    const { release, named, problems } = parseRelease(
        { schemaVersion: 1, release: "v0.3.43", runtimes },
        "release.json",
    );
    assert.ok(release !== undefined);
    assert.deepEqual(problems, []);
    return { release, named, now: NOW, ...change };
}

/** Runtime → what is done. */
export const actions = (...args: Parameters<typeof planPromotion>) =>
    Object.fromEntries(planPromotion(...args).runtimes.map(({ runtime, action }) => [runtime, action]));
/** All that is refused. */
export const problems = (...args: Parameters<typeof planPromotion>) =>
    planPromotion(...args).problems.map(({ check, runtime, message }) => ({ check, runtime, message }));
/** `check runtime` of all that is refused. */
export const checks = (...args: Parameters<typeof planPromotion>) =>
    problems(...args).map(({ check, runtime }) => `${check}${runtime === undefined ? "" : ` ${runtime}`}`);

/** What a stack has deployed and proven. */
export function deployed(images: Record<string, { digest: string; promotedAt?: string }>): DeployedPlatform {
    const pins: RuntimeImages = new Map(
        Object.entries(images).map(([runtime, { digest, ...rest }]) => {
            const parsed = parseImageReference(`ghcr.io/genbrain/${runtime}@${digest}`);
            assert.ok(parsed.ok);
            return [runtime, { image: withDigest(parsed.reference), release: "x", ...rest }];
        }),
    );
    return { images: pins, pins, proof: new Map() };
}
