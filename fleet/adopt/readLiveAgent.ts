import { z } from "zod";
import { type Probe, type Resources, probeSchema } from "../../config/agent/containerWords";
import type { Profile } from "../../config/agent/profileSchema";
import { type FoundImage, readImage } from "../../images/imageReference";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import { readLiveWords } from "./readLiveWords";
import { formatPath } from "../../lib/text/describeIssues";

/** One hand-made agent, with what an org's file can say of it; what it cannot is left out. */
export interface LiveAgentSpec {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly image: FoundImage;
    readonly replicas: number;
    readonly selector: Readonly<Record<string, string>>;
    readonly env: Readonly<Record<string, string>>;
    readonly secretEnv: Readonly<Record<string, { secret: string; key: string; optional?: boolean }>>;
    readonly resources: Resources | undefined;
    readonly probes: { readonly startup?: Probe; readonly readiness?: Probe; readonly liveness?: Probe };
    /** Everything else that an org's file can say. */
    readonly words: Profile;
}

/** A live Deployment as an agent, or why it cannot be one. */
export type ReadLiveAgent =
    { readonly ok: true; readonly agent: LiveAgentSpec } | { readonly ok: false; readonly problem: string };

const texts = z.record(z.string(), z.string());
const quantities = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));
const containerSchema = z.looseObject({
    name: z.string(),
    image: z.string().default("").transform(readImage),
    env: z
        .array(
            z.looseObject({
                name: z.string(),
                value: z.string().nullish(),
                valueFrom: z
                    .looseObject({
                        secretKeyRef: z
                            .looseObject({
                                name: z.string(),
                                key: z.string(),
                                optional: z.boolean().nullish(),
                            })
                            .nullish(),
                    })
                    .nullish(),
            }),
        )
        .nullish(),
    resources: z.looseObject({ requests: quantities.nullish(), limits: quantities.nullish() }).nullish(),
    startupProbe: z.unknown().optional(),
    readinessProbe: z.unknown().optional(),
    livenessProbe: z.unknown().optional(),
});
const deploymentSchema = z.looseObject({
    metadata: z.looseObject({ name: z.string(), labels: texts.nullish() }),
    spec: z.looseObject({
        replicas: z.number().nullish(),
        selector: z.looseObject({
            matchLabels: texts.nullish(),
            matchExpressions: z.array(z.unknown()).nullish(),
        }),
        template: z.looseObject({
            spec: z.looseObject({
                containers: z.array(containerSchema).nullish(),
                initContainers: z.array(z.looseObject({ name: z.string() })).nullish(),
            }),
        }),
    }),
});

/** Reads a live Deployment as the API server sent it. Never throws. */
export function readLiveAgent(item: unknown): ReadLiveAgent {
    const parsed = deploymentSchema.safeParse(item);
    if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return fail(`a Deployment cannot be read: ${formatPath(issue?.path ?? [])}: ${issue?.message ?? ""}`);
    }
    const { metadata, spec } = parsed.data;
    const place = `the Deployment "${metadata.name}"`;
    const containers = spec.template.spec.containers ?? [];
    const container = containers.find(({ name }) => name === AGENT_CONTAINER);
    if (container === undefined) {
        const names = containers.map(({ name }) => `"${name}"`).join(", ");
        return fail(`${place} has no container "${AGENT_CONTAINER}"; it has ${names || "none"}`);
    }
    const selector = spec.selector.matchLabels ?? {};
    if ((spec.selector.matchExpressions ?? []).length > 0 || Object.keys(selector).length === 0) {
        return fail(`${place} selects its pods by expressions, which an agent cannot`);
    }
    const env: Record<string, string> = {};
    const secretEnv: Record<string, { secret: string; key: string; optional?: boolean }> = {};
    for (const { name, value, valueFrom } of container.env ?? []) {
        const secret = valueFrom?.secretKeyRef;
        if (secret) {
            const optional = secret.optional === true ? true : undefined;
            secretEnv[name] = { secret: secret.name, key: secret.key, optional };
        } else if (!valueFrom) {
            env[name] = value ?? "";
        }
    }
    return {
        ok: true,
        agent: {
            name: metadata.name.slice(AGENT_DEPLOYMENT_PREFIX.length),
            labels: metadata.labels ?? {},
            image: container.image,
            replicas: spec.replicas ?? 1,
            selector,
            env,
            secretEnv,
            resources: readResources(container.resources),
            probes: {
                startup: readProbe(container.startupProbe),
                readiness: readProbe(container.readinessProbe),
                liveness: readProbe(container.livenessProbe),
            },
            words: readLiveWords(spec, container),
        },
    };
}

function readResources(from: z.infer<typeof containerSchema>["resources"]): Resources | undefined {
    const said = (own: Readonly<Record<string, string>> | null | undefined) =>
        Object.keys(own ?? {}).length === 0 ? undefined : { ...own };
    const [requests, limits] = [said(from?.requests), said(from?.limits)];
    return requests === undefined && limits === undefined ? undefined : { requests, limits };
}

// The API server fills these in; an org's file leaves them to it.
const PROBE_DEFAULTS: Readonly<Record<string, unknown>> = {
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
    successThreshold: 1,
    initialDelaySeconds: 0,
};

function readProbe(probe: unknown): Probe | undefined {
    if (typeof probe !== "object" || probe === null) {
        return undefined;
    }
    const own = Object.fromEntries(
        Object.entries(probe).filter(([key, value]) => PROBE_DEFAULTS[key] !== value),
    );
    const { httpGet } = own as { httpGet?: { scheme?: unknown; port?: unknown } };
    if (httpGet?.scheme === "HTTP") {
        own["httpGet"] = { ...httpGet, scheme: undefined };
    }
    return probeSchema.safeParse(JSON.parse(JSON.stringify(own))).data;
}

function fail(problem: string): ReadLiveAgent {
    return { ok: false, problem };
}
