import { createHash } from "node:crypto";
import type { StackSettings } from "../workspace";

/** The environment that the demo deploys: one platform stack and one customer-orgs stack of this name. */
export const STACK = "prod";

/** What a release gives each runtime. */
export interface Release {
    readonly name: string;
    readonly promotedAt: string;
    /** Runtime → `repository:sha-…@sha256:…` */
    readonly images: Readonly<Record<string, string>>;
}

const REPOSITORIES: Readonly<Record<string, string>> = {
    "claude-code": "ghcr.io/genbrain/claude-code",
    "platform-agent": "ghcr.io/genbrain/molecule-platform-agent",
};

/** A release of both runtimes. Nothing is pulled: the cluster's nodes are simulated, so any well-formed digest will do. */
export function makeRelease(name: string, gitSha: string, promotedAt: string): Release {
    const images = Object.entries(REPOSITORIES).map(([runtime, repository]) => {
        const digest = createHash("sha256").update(`${runtime} ${name}`).digest("hex");
        return [runtime, `${repository}:sha-${gitSha}@sha256:${digest}`];
    });
    return { name, promotedAt, images: Object.fromEntries(images) as Release["images"] };
}

/** The release that the fleet runs when the story starts, and the one with the fix. */
export const OLD_RELEASE = makeRelease("v0.3.42", "201a5fa", "2026-06-18T02:52:59Z");
export const NEW_RELEASE = makeRelease("v0.3.43", "19f3175", "2026-06-21T10:19:30Z");

/** What the seed's hand-made orgs were born on. */
export const LEGACY_IMAGE = "ghcr.io/genbrain/claude-code:latest";

/** Hand-made orgs, in nobody's deploy loop. */
export const LEGACY_ORGS = ["hooli", "pied-piper"] as const;

/** The platform's own agents, rolled by the CI with `kubectl set image`, and their runtimes. */
export const CORE_FLEET: Readonly<Record<string, string>> = { ceo: "platform-agent", cto: "claude-code" };

/** The orgs that are deployed by this program. One of them is held. */
export function customerOrgs(now: Date): Readonly<Record<string, unknown>> {
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
                    image: OLD_RELEASE.images["claude-code"],
                    owner: "support@genbrain.example",
                    reason: "Ticket 4711: validates v0.3.43 in its own staging first",
                    expires: inThirtyDays,
                },
            },
        },
    };
}

/** The platform stack's settings with a release pinned for every runtime. The core fleet stays its owner's, but for its images. */
export function platformSettings(kubeContext: string, release: Release): StackSettings {
    return {
        "platform:kubeContext": kubeContext,
        "platform:runtimes": Object.fromEntries(
            Object.entries(release.images).map(([runtime, image]) => [
                runtime,
                { image, release: release.name, promotedAt: release.promotedAt },
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
    };
}
