import type { z } from "zod";
import { type Probe, type Resources, probeSchema } from "../../config/agent/containerWords";
import { type Fields, fieldsOf, isNothing, listOf, pick, without } from "./fields";

/** What an org's file can say of a container's variables, resources and probes. */
export interface ContainerSpec {
    readonly env: Readonly<Record<string, string>>;
    readonly secretEnv: Readonly<Record<string, { secret: string; key: string; optional?: boolean }>>;
    readonly resources: Resources | undefined;
    readonly probes: { readonly startup?: Probe; readonly readiness?: Probe; readonly liveness?: Probe };
}

/** Reads a container's variables, resources and probes, as the API server sent it. What an org's file cannot say is left out. Pure. */
export function readContainer(container: Fields): ContainerSpec {
    const env: Record<string, string> = {};
    const secretEnv: Record<string, { secret: string; key: string; optional?: boolean }> = {};
    for (const { name, value, valueFrom } of listOf(container["env"])) {
        const { secretKeyRef } = fieldsOf(valueFrom);
        const { name: secret, key, optional } = fieldsOf(secretKeyRef);
        if (secretKeyRef !== undefined) {
            secretEnv[String(name)] = {
                secret: String(secret),
                key: String(key),
                ...(optional === true && { optional }),
            };
        } else if (isNothing(valueFrom)) {
            env[String(name)] = typeof value === "string" ? value : "";
        }
    }
    return {
        env,
        secretEnv,
        resources: readResources(container["resources"]),
        probes: {
            startup: readProbe(container["startupProbe"]),
            readiness: readProbe(container["readinessProbe"]),
            liveness: readProbe(container["livenessProbe"]),
        },
    };
}

/** The other words that the agent's own container and a sidecar have in common. */
export function readContainerWords(container: Fields): Fields {
    return {
        ...pick(container, ["command", "args", "workingDir", "envFrom"]),
        ports: listOf(container["ports"]).map((port) => without(port, { protocol: "TCP" })),
        preStop: fieldsOf(container["lifecycle"])["preStop"],
    };
}

function readResources(resources: unknown): Resources | undefined {
    const said = (own: unknown) =>
        isNothing(own)
            ? undefined
            : Object.fromEntries(Object.entries(fieldsOf(own)).map(([name, value]) => [name, String(value)]));
    const { requests, limits } = fieldsOf(resources);
    const found = { requests: said(requests), limits: said(limits) };
    return found.requests === undefined && found.limits === undefined ? undefined : found;
}

// The API server fills these in; an org's file leaves them to it.
const PROBE_DEFAULTS: Fields = {
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
    successThreshold: 1,
    initialDelaySeconds: 0,
};

function readProbe(probe: unknown): z.infer<typeof probeSchema> | undefined {
    if (typeof probe !== "object" || probe === null) {
        return undefined;
    }
    const own: Record<string, unknown> = { ...without(fieldsOf(probe), PROBE_DEFAULTS) };
    const httpGet = fieldsOf(own["httpGet"]);
    if (httpGet["scheme"] === "HTTP") {
        own["httpGet"] = { ...httpGet, scheme: undefined };
    }
    return probeSchema.safeParse(JSON.parse(JSON.stringify(own))).data;
}
