import type { KubernetesObject } from "../../engine/evaluateProgram";
import { CORE_FLEET, LEGACY_ORGS, type Published } from "./scenario";

/** The fleet as the seed found it: core agents on a git-SHA tag, hand-made orgs on `:latest`. */
export function legacyFleet({ old, legacyImage }: Published): readonly KubernetesObject[] {
    return [
        namespace("agents"),
        ...Object.entries(CORE_FLEET).map(([name, runtime]) =>
            // The CI of old wrote tags, not digests.
            deployment("agents", name, (old.images[runtime] ?? "").replace(/@.*$/, "")),
        ),
        ...LEGACY_ORGS.flatMap((slug) => [
            namespace(`org-${slug}`),
            deployment(`org-${slug}`, "main", legacyImage, BY_HAND),
        ]),
    ];
}

function namespace(name: string): KubernetesObject {
    return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** What somebody once gave the hand-made agents, and an adoption keeps. */
export const BY_HAND = {
    command: ["/agent", "--serve"],
    nodeSelector: { "kubernetes.io/os": "linux" },
    scratch: "/scratch",
} as const;

function deployment(
    inNamespace: string,
    agent: string,
    image: string,
    byHand?: typeof BY_HAND,
): KubernetesObject {
    const pod = byHand && {
        nodeSelector: byHand.nodeSelector,
        volumes: [{ name: "scratch", emptyDir: {} }],
    };
    const container = byHand && {
        command: byHand.command,
        volumeMounts: [{ name: "scratch", mountPath: byHand.scratch }],
    };
    const labels = { app: `agent-${agent}` };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: `agent-${agent}`, namespace: inNamespace, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: { ...pod, containers: [{ name: "agent", image, ...container }] },
            },
        },
    };
}
