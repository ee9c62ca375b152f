import assert from "node:assert/strict";
import type { LiveDeployment, LivePod } from "../../kube/liveObjects";
import { readDeployment, readPod } from "../../kube/readObjects";

/** A digest of one repeated hex digit. */
export function digest(digit: string): string {
    return `sha256:${digit.repeat(64)}`;
}

/** `claude-code` at a digest, as a pin has it. */
export function image(digit: string, tag?: string): string {
    return `ghcr.io/genbrain/claude-code${tag === undefined ? "" : `:${tag}`}@${digest(digit)}`;
}

/** What a test says of a Deployment; the rest is that of a finished rollout of one pod. */
export interface DeploymentParts {
    readonly org?: string;
    readonly name?: string;
    readonly image?: string;
    readonly managed?: boolean;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly status?: Readonly<Record<string, unknown>>;
    readonly containers?: readonly unknown[];
    readonly initContainers?: readonly unknown[];
}

/** A Deployment as the API server sends it. */
export function rawDeployment(parts: DeploymentParts = {}): Record<string, unknown> {
    const { org = "acme", name = "agent-coder", managed = true } = parts;
    return {
        metadata: {
            name,
            namespace: `org-${org}`,
            uid: `uid-${org}-${name}`,
            resourceVersion: "1",
            generation: 1,
            labels: {
                ...(managed
                    ? {
                          "app.kubernetes.io/managed-by": "pulumi",
                          "app.kubernetes.io/part-of": "customer-orgs",
                      }
                    : {}),
                ...parts.labels,
            },
            annotations: parts.annotations,
            ...parts.metadata,
        },
        spec: {
            replicas: 1,
            selector: { matchLabels: { app: name } },
            template: {
                spec: {
                    containers: parts.containers ?? [{ name: "agent", image: parts.image ?? image("1") }],
                    initContainers: parts.initContainers,
                },
            },
            ...parts.spec,
        },
        status: {
            observedGeneration: 1,
            replicas: 1,
            updatedReplicas: 1,
            availableReplicas: 1,
            conditions: [{ type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }],
            ...parts.status,
        },
    };
}

/** The same, read. */
export function deployment(parts: DeploymentParts = {}): LiveDeployment {
    const read = readDeployment(rawDeployment(parts));
    assert.ok(read.ok);
    return read.object;
}

/** A pod of such a Deployment. */
export function pod(
    parts: {
        org?: string;
        of?: string;
        image?: string;
        imageID?: string;
        waiting?: string;
        name?: string;
    } = {},
): LivePod {
    const { org = "acme", of = "agent-coder", waiting } = parts;
    const read = readPod({
        metadata: { name: parts.name ?? `${of}-1`, namespace: `org-${org}`, labels: { app: of } },
        spec: { containers: [{ name: "agent", image: parts.image ?? image("1") }] },
        status: {
            phase: waiting === undefined ? "Running" : "Pending",
            containerStatuses: [
                {
                    name: "agent",
                    imageID: parts.imageID ?? parts.image ?? image("1"),
                    ready: waiting === undefined,
                    state:
                        waiting === undefined
                            ? { running: {} }
                            : { waiting: { reason: waiting, message: "no such manifest" } },
                },
            ],
        },
    });
    assert.ok(read.ok);
    return read.object;
}
