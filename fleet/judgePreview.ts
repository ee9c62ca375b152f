import { AGENT_CONTAINER } from "../images/metadata";
import { isLabelledManaged } from "../kube/liveObjects";
import type { LiveCluster } from "../kube/readCluster";
import type { ResourceChange } from "../engine/resourceChange";

/** What the engine's preview alone cannot know. */
export interface PreviewWarnings {
    /** What would make the update fail. */
    readonly blocking: readonly string[];
    /** What it does besides. */
    readonly notes: readonly string[];
}

/** The provider's own field managers: one for each object. */
const PULUMI_MANAGER = /^pulumi-kubernetes/;

/**
 * Holds a preview against the live cluster. An object that is to be created and exists already fails in the update, though
 * the preview is all green; an image that another field manager owns is taken from it. Pure.
 */
export function judgePreview(
    changes: readonly ResourceChange[],
    live: Pick<LiveCluster, "namespaces" | "deployments">,
): PreviewWarnings {
    const blocking: string[] = [];
    const notes: string[] = [];
    const namespaces = new Map(live.namespaces.map((namespace) => [namespace.name, namespace]));
    const deployments = new Map(live.deployments.map((one) => [`${one.namespace}/${one.name}`, one]));
    for (const { kind, operation, name, namespace, org } of changes) {
        const creates = operation === "create";
        if (creates && kind === "Namespace" && name !== undefined && namespaces.has(name)) {
            blocking.push(
                `the namespace "${name}" exists already and no stack owns it: the update would fail there. ` +
                    `"fleet adopt --org ${org ?? name}" takes it over`,
            );
        }
        if (kind !== "Deployment") {
            continue;
        }
        const found = deployments.get(`${namespace ?? ""}/${name ?? ""}`);
        if (found === undefined) {
            continue;
        }
        if (creates) {
            blocking.push(
                `the Deployment "${found.namespace}/${found.name}" exists already` +
                    (isLabelledManaged(found.labels) ? ", and is labelled as managed by a stack" : ""),
            );
        }
        const others = (found.imageManagers[AGENT_CONTAINER] ?? []).filter(
            (manager) => !PULUMI_MANAGER.test(manager),
        );
        if (operation === "update" && others.length > 0) {
            notes.push(
                `the image of "${found.namespace}/${found.name}" is owned by ${others.map((other) => `"${other}"`).join(", ")}: the update takes it over`,
            );
        }
    }
    return { blocking, notes };
}
