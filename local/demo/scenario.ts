import type { RegistryServer } from "../registry/registryServer";
import type { StackSettings } from "../workspace";

/** The environment that the demo deploys: one platform stack and one customer-orgs stack of this name. */
export const STACK = "prod";

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

/** What was published before the story starts: the release that the fleet runs, and the one with the fix. */
export interface Published {
    readonly old: Release;
    readonly next: Release;
    /** What the seed's hand-made orgs were born on. */
    readonly legacyImage: string;
}

/** Publishes both releases to a registry, of the smallest images there are: the cluster's nodes are simulated and pull none. */
export async function publish(registry: RegistryServer): Promise<Published> {
    const release = async (name: string, gitSha: string, publishedAt: string): Promise<Release> => {
        const images: Record<string, string> = {};
        for (const [runtime, path] of Object.entries(PATHS)) {
            const digest = await registry.push(path, `sha-${gitSha}`, `${runtime} ${name}`);
            images[runtime] = `${registry.host}/${path}:sha-${gitSha}@${digest}`;
        }
        return { name, gitSha, publishedAt, images };
    };
    return {
        old: await release("v0.3.42", "201a5fa", "2026-06-18T02:52:59Z"),
        next: await release("v0.3.43", "19f3175", "2026-06-21T10:19:30Z"),
        legacyImage: `${registry.host}/${PATHS["claude-code"] ?? ""}:latest`,
    };
}

/** Hand-made orgs, in nobody's deploy loop. */
export const LEGACY_ORGS = ["hooli", "pied-piper"] as const;

/** The platform's own agents, rolled by the CI with `kubectl set image`, and their runtimes. */
export const CORE_FLEET: Readonly<Record<string, string>> = { ceo: "platform-agent", cto: "claude-code" };

/** The orgs that are deployed by this program. One of them is held. */
export function customerOrgs(now: Date, old: Release): Readonly<Record<string, unknown>> {
    const inThirtyDays = new Date(now.getTime() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    return {
        acme: {
            slug: "acme",
            displayName: "Acme Corporation",
            agents: [
                { name: "concierge", runtime: "platform-agent", replicas: 2 },
                { name: "coder", runtime: "claude-code" },
            ],
        },
        globex: {
            slug: "globex",
            displayName: "Globex",
            agents: [{ name: "concierge", runtime: "platform-agent" }],
        },
        initech: {
            slug: "initech",
            displayName: "Initech",
            agents: [
                { name: "coder", runtime: "claude-code", replicas: 2 },
                { name: "reviewer", runtime: "claude-code" },
            ],
        },
        umbrella: {
            slug: "umbrella",
            displayName: "Umbrella",
            agents: [{ name: "coder", runtime: "claude-code" }],
            imageOverrides: {
                "claude-code": {
                    image: old.images["claude-code"],
                    owner: "support@genbrain.example",
                    reason: "Ticket 4711: validates v0.3.43 in its own staging first",
                    expires: inThirtyDays,
                },
            },
        },
    };
}

/** The platform stack's first settings, with a release pinned for every runtime. The core fleet stays its owner's, but for its images. */
export function platformSettings(kubeContext: string, release: Release): StackSettings {
    return {
        "platform:kubeContext": kubeContext,
        "platform:runtimes": Object.fromEntries(
            Object.entries(release.images).map(([runtime, image]) => [
                runtime,
                { image, release: release.name, promotedAt: release.publishedAt },
            ]),
        ),
        "platform:coreFleet": {
            namespace: "agents",
            createNamespace: false,
            agents: Object.entries(CORE_FLEET).map(([name, runtime]) => ({ name, runtime, manage: "image" })),
        },
    };
}

/** The customer-orgs stack's settings. */
export function customerOrgsSettings(kubeContext: string): StackSettings {
    return {
        "customer-orgs:referenceStack": `organization/platform/${STACK}`,
        "customer-orgs:orgs": `orgs/${STACK}`,
        "customer-orgs:kubeContext": kubeContext,
        // Simulated pods do not die after their start, so that there is nothing to wait for.
        "customer-orgs:defaults": { minReadySeconds: 1 },
    };
}
