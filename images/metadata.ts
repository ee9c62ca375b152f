/**
 * The labels and annotations by which a Deployment says what its agent is and where its image came from. The program writes
 * them; the policy pack and the fleet commands read them. Changing one is a migration of every org.
 */
export const LABELS = {
    /** The org's slug, on everything in its namespace and on the namespace itself. */
    org: "customer-orgs/org",
    /** The agent's name, on its Deployment and pods. */
    agent: "customer-orgs/agent",
    /** The agent's runtime, on its Deployment and pods. */
    runtime: "customer-orgs/runtime",
} as const;

/** Annotations: the customer's name on its namespace, all others on a Deployment (never on its pods, which would roll). */
export const ANNOTATIONS = {
    /** The customer's name as people write it, on the namespace. */
    displayName: "customer-orgs/display-name",
    /** An `ImageSource`: `pin`, `agent-override`, `org-override`, `stack-override` or `last-resort`. */
    imageSource: "customer-orgs/image-source",
    /** The pin's release; absent unless the source is `pin`. */
    release: "customer-orgs/release",
    /** The override's owner, reason and last day (`YYYY-MM-DD`, UTC); absent unless the source is an override. */
    overrideOwner: "customer-orgs/override-owner",
    overrideReason: "customer-orgs/override-reason",
    overrideExpires: "customer-orgs/override-expires",
    /** The mutable reference that a last resort was resolved from; absent unless the source is `last-resort`. */
    lastResortOf: "customer-orgs/last-resort-of",
} as const;

/** What the namespace of every customer org starts with; the slug follows. */
export const ORG_NAMESPACE_PREFIX = "org-";

/** What the Deployment of every agent starts with; the agent's name follows. */
export const AGENT_DEPLOYMENT_PREFIX = "agent-";

/** The container of an agent's Deployment that runs its image. */
export const AGENT_CONTAINER = "agent";

/**
 * The engine's name of an agent, of its component and its Deployment alike. The engine tells siblings of different orgs apart by
 * this name alone, so the dot, which neither a slug nor an agent's name may have, keeps `a` + `b-c` from being `a-b` + `c`.
 */
export function agentResourceName(slug: string, agent: string): string {
    return `${slug}.${agent}`;
}

/** Characters of a selector up to which a request's line is let through everywhere: servers in between allow 8 kB, and commas take three. */
const LONGEST_SELECTOR = 4_000;

/**
 * The label selector for all objects of these orgs. Of so many orgs that a request could not name them, it selects all orgs of the
 * cluster: what is read for a stack grows with the stack, not with the fleet.
 */
export function selectOrgs(slugs: readonly string[]): string {
    const selector = `${LABELS.org} in (${slugs.join(",")})`;
    return slugs.length > 0 && selector.length <= LONGEST_SELECTOR ? selector : LABELS.org;
}

/** The runtime that an object's labels name. */
export function labelledRuntime(labels: Readonly<Record<string, string>>): string | undefined {
    return labels[LABELS.runtime];
}
