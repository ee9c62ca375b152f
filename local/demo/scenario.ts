import type { RegistryServer } from "../registry/registryServer";
import type { StackSettings } from "../workspace";

/** The environment that the demo deploys: a platform stack of this name, and the last ring of its customers. */
export const STACK = "prod";

/** The ring before the last one: what its agents do not run goes no further. */
export const CANARY = "prod-canary";

/** The rings of the customers, each reading what the one before it has proven. */
export const RINGS = [CANARY, STACK] as const;

/** One of them: a customer-orgs stack. */
export type Ring = (typeof RINGS)[number];

/** The stack that a ring reads. */
export function referenceOf(ring: Ring): "platform" | Ring {
    return ring === CANARY ? "platform" : CANARY;
}

/** What a release gives each runtime. */
export interface Release {
    readonly name: string;
    readonly gitSha: string;
    /** RFC 3339 */
    readonly publishedAt: string;
    /** Runtime → `repository:sha-…@sha256:…` */
    readonly images: Readonly<Record<string, string>>;
}

/** Runtime → its image's path in the registry. */
const PATHS: Readonly<Record<string, string>> = {
    "claude-code": "genbrain/claude-code",
    "platform-agent": "genbrain/molecule-platform-agent",
};

/** All that is published: the release that the fleet runs, the one with the fix, a bad one, and the one that mends it. */
export interface Published {
    readonly old: Release;
    readonly next: Release;
    /** Its `platform-agent` lacks the tools without which customers' agents can do nothing. */
    readonly bad: Release;
    readonly mended: Release;
    /** What the seed's hand-made orgs were born on. */
    readonly legacyImage: string;
}

/** What the simulated nodes take for an image that does not pass a boot gate (docs/cluster.md): how its digest begins. */
const LACKS_TOOLS = "sha256:b007";

/** Publishes the releases to a registry, of the smallest images there are: the cluster's nodes are simulated and pull none. */
export async function publish(registry: RegistryServer): Promise<Published> {
    const release = async (name: string, gitSha: string, publishedAt: string, bad?: string) => {
        const images: Record<string, string> = {};
        for (const [runtime, path] of Object.entries(PATHS)) {
            const begin = runtime === bad ? LACKS_TOOLS : "";
            const digest = await registry.push(path, `sha-${gitSha}`, `${runtime} ${name}`, begin);
            images[runtime] = `${registry.host}/${path}:sha-${gitSha}@${digest}`;
        }
        return { name, gitSha, publishedAt, images };
    };
    return {
        old: await release("v0.3.42", "201a5fa", "2026-06-18T02:52:59Z"),
        next: await release("v0.3.43", "19f3175", "2026-06-21T10:19:30Z"),
        bad: await release("v0.3.44", "7d1e9c2", "2026-06-24T08:05:12Z", "platform-agent"),
        mended: await release("v0.3.45", "c40b8e6", "2026-06-24T15:41:07Z"),
        legacyImage: `${registry.host}/${PATHS["claude-code"] ?? ""}:latest`,
    };
}

/** Hand-made orgs, in nobody's deploy loop. */
export const LEGACY_ORGS = ["hooli", "pied-piper"] as const;

/** The platform's own agents, rolled by the CI with `kubectl set image`, and their runtimes. */
export const CORE_FLEET: Readonly<Record<string, string>> = { ceo: "platform-agent", cto: "claude-code" };

/** Ring → slug → the org's file: the orgs that are deployed by this program. One of them is held. */
export function customerOrgs(now: Date, old: Release): Readonly<Record<Ring, Record<string, unknown>>> {
    const inThirtyDays = new Date(now.getTime() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    const org = (slug: string, displayName: string, agents: readonly object[], more: object = {}) => ({
        [slug]: { slug, displayName, agents, ...more },
    });
    const concierge = { name: "concierge", runtime: "platform-agent" };
    const coder = { name: "coder", runtime: "claude-code" };
    const override = {
        image: old.images["claude-code"],
        owner: "support@genbrain.example",
        reason: "Ticket 4711: validates v0.3.43 in its own staging first",
        expires: inThirtyDays,
    };
    return {
        [CANARY]: org("dogfood", "Our own", [concierge, coder]),
        [STACK]: {
            ...org("acme", "Acme Corporation", [{ ...concierge, replicas: 2 }, coder]),
            ...org("globex", "Globex", [concierge]),
            ...org("initech", "Initech", [
                { ...coder, replicas: 2 },
                { ...coder, name: "reviewer" },
            ]),
            ...org("umbrella", "Umbrella", [coder], { imageOverrides: { "claude-code": override } }),
        },
    };
}

/** The platform stack's first settings, with a release pinned for every runtime. The core fleet stays its owner's, but for its images. */
export function platformSettings(place: StackSettings, release: Release): StackSettings {
    return {
        ...settingsOf("platform", place),
        "platform:runtimes": Object.fromEntries(
            Object.entries(release.images).map(([runtime, image]) => [
                runtime,
                { image, release: release.name, promotedAt: release.publishedAt },
            ]),
        ),
        "platform:coreFleet": {
            namespace: "agents",
            agents: Object.entries(CORE_FLEET).map(([name, runtime]) => ({ name, runtime, manage: "image" })),
        },
    };
}

/** A ring's settings. */
export function ringSettings(place: StackSettings, ring: Ring): StackSettings {
    const reference = referenceOf(ring);
    return {
        ...settingsOf("customer-orgs", place),
        "customer-orgs:referenceStack":
            reference === "platform"
                ? `organization/platform/${STACK}`
                : `organization/customer-orgs/${reference}`,
        "customer-orgs:orgs": `orgs/${ring}`,
        // Simulated pods do not die after their start, so that there is nothing to wait for.
        "customer-orgs:defaults": { minReadySeconds: 1 },
    };
}

function settingsOf(project: string, place: StackSettings): StackSettings {
    return Object.fromEntries(Object.entries(place).map(([name, value]) => [`${project}:${name}`, value]));
}
