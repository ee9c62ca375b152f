import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { KubernetesObject } from "../../engine/renderStack";
import { diffDeployment } from "./diffDeployment";
import { fieldsOf } from "./fields";

/** What an adoption does to an org's agents besides their images; a line each. */
export interface AdoptionDiff {
    /** What is live and would be gone. */
    readonly lost: readonly string[];
    /** What is new. */
    readonly added: readonly string[];
}

/** Compares the live agents of an org with those that the program declares. Pure. */
export function compareAgents(live: readonly unknown[], declared: readonly KubernetesObject[]): AdoptionDiff {
    const byName = new Map(
        declared.filter(({ kind }) => kind === "Deployment").map((object) => [object.metadata.name, object]),
    );
    const lost: string[] = [];
    const added: string[] = [];
    for (const deployment of live) {
        const name = String(fieldsOf(fieldsOf(deployment)["metadata"])["name"]);
        const diff = diffDeployment(deployment, byName.get(name));
        const agent = `agent "${name.slice(AGENT_DEPLOYMENT_PREFIX.length)}"`;
        lost.push(...diff.lost.map((what) => `${agent}: ${what}`));
        if (diff.added.length > 0) {
            added.push(`${agent}: new are ${diff.added.join(", ")}`);
        }
    }
    return { lost, added };
}
