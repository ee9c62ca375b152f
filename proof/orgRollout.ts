import type * as pulumi from "@pulumi/pulumi";
import type { OrgImages } from "../config/chooseAgentImages";
import type { PinnedReference } from "../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX, LABELS, ORG_NAMESPACE_PREFIX } from "../images/metadata";
import type { RolledAgent, StackRollout } from "./stackRollout";

/** What selects the agents of customers: the program labels each with its org. */
export const CUSTOMER_AGENTS = LABELS.org;

/** An org whose agents' images are known when their turn has come. */
export interface AdmittedOrg extends Omit<OrgImages, "agents"> {
    readonly agents: readonly {
        readonly agent: OrgImages["agents"][number]["agent"];
        readonly image: Omit<OrgImages["agents"][number]["image"], "image"> & {
            readonly image: pulumi.Input<PinnedReference>;
        };
    }[];
}

/** Lets an org's agents into a rollout; `watch` takes the ids of their Deployments, in the file's order. */
export function orgRollout(
    rollout: StackRollout,
    org: OrgImages,
): { readonly admitted: AdmittedOrg; readonly watch: (ids: readonly pulumi.Output<string>[]) => void } {
    const { slug } = org.org;
    const rolled = org.agents.map(({ agent, image }) => ({
        image,
        agent,
        key: {
            name: `${slug}/${agent.name}`,
            org: slug,
            agent: agent.name,
            runtime: agent.runtime,
            namespace: `${ORG_NAMESPACE_PREFIX}${slug}`,
            deployment: `${AGENT_DEPLOYMENT_PREFIX}${agent.name}`,
            follows: image.source === "pin",
        } satisfies RolledAgent,
    }));
    return {
        admitted: {
            ...org,
            agents: rolled.map(({ agent, image, key }) => ({
                agent,
                image: { ...image, image: rollout.admit(key, image.image) },
            })),
        },
        watch: (ids) => {
            rolled.forEach(({ key, image }, index) => {
                const id = ids[index];
                if (id !== undefined) {
                    rollout.watch(key, image.image, id);
                }
            });
        },
    };
}
