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
            deployment(`org-${slug}`, "main", legacyImage),
        ]),
    ];
}

function namespace(name: string): KubernetesObject {
    return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function deployment(inNamespace: string, agent: string, image: string): KubernetesObject {
    const labels = { app: `agent-${agent}` };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: `agent-${agent}`, namespace: inNamespace, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "agent", image }] } },
        },
    };
}
