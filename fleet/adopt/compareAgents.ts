import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { KubernetesObject } from "../../engine/renderStack";
import type { Companions } from "./companions";
import { diffCompanion, diffDeployment } from "./diffDeployment";
import { fieldsOf } from "./fields";

/** What an adoption does to an org's agents besides their images; a line each. */
export interface AdoptionDiff {
    /** What is live and would be gone. */
    readonly lost: readonly string[];
    /** What is new. */
    readonly added: readonly string[];
}

/** Compares the live agents of an org, and what they have beside their Deployments, with those that the program declares. Pure. */
export function compareAgents(
    live: readonly unknown[],
    companions: Companions,
    declared: readonly KubernetesObject[],
): AdoptionDiff {
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
    for (const [kind, items] of Object.entries(companions)) {
        for (const item of items) {
            const name = String(fieldsOf(fieldsOf(item)["metadata"])["name"]);
            const same = declared.find((one) => one.kind === kind && one.metadata.name === name);
            const fields = same === undefined ? [] : diffCompanion(item, same);
            lost.push(...fields.map((what) => `${kind} "${name}": ${what}`));
        }
    }
    return { lost, added };
}
