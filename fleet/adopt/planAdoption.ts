import { agentSpecSchema } from "../../config/agentSpec";
import { type StackLayers, findOrgProblems, planOrg } from "../../config/agent/agentLayers";
import type { Quota } from "../../config/quota";
import { NO_AGENTS, type OrgSpec, orgSpecSchema } from "../../config/orgSpec";
import { SECRET_NAME } from "../../lib/text/credentials";
import { describeIssues } from "../../lib/text/describeIssues";
import { formatImageReference } from "../../images/imageReference";
import { ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import type { RuntimeImages } from "../../images/runtimeImages";
import { guessRuntime } from "../../images/guessRuntime";
import { sameImage } from "../../images/sameImage";
import { type ImportFile, type LiveGuard, buildImportFile } from "./importFile";
import { type LiveAgentSpec, readLiveAgent } from "./readLiveAgent";

/** What is live, and what the operator says besides. */
export interface AdoptionQuestion {
    readonly slug: string;
    readonly stack: string;
    readonly displayName: string;
    /** The Deployments `agent-*` of the namespace, as the API server sent them. */
    readonly deployments: readonly unknown[];
    /** Objects of the namespace that have the names of an org's guards. */
    readonly guards: readonly LiveGuard[];
    readonly pins: RuntimeImages;
    /** What the stack says of agents and of quotas: the org that is adopted must fit into it. */
    readonly stackSays: { readonly layers: StackLayers; readonly quota: Quota; readonly orgs: string };
    /** The runtime of agents that neither their label nor their image tells. */
    readonly runtime?: string;
    /** Agent → runtime, before all else. */
    readonly runtimes: ReadonlyMap<string, string>;
}

/** An adoption that can be made, or everything that stands against it. */
export type AdoptionPlan =
    | {
          readonly ok: true;
          readonly org: OrgSpec;
          readonly importFile: ImportFile;
          /** What the next update changes on what is live; one sentence each. */
          readonly changes: readonly string[];
          /** What the file cannot say, and an update may therefore take away. */
          readonly unsaid: readonly string[];
      }
    | { readonly ok: false; readonly problems: readonly string[] };

/** Plans how a hand-made org becomes a managed one. Pure; all problems together. */
export function planAdoption(question: AdoptionQuestion): AdoptionPlan {
    const { slug, pins, stack } = question;
    const problems: string[] = [];
    const changes: string[] = [];
    const unsaid: string[] = [];
    const agents = question.deployments.flatMap((item) => {
        const read = readLiveAgent(item);
        if (!read.ok) {
            problems.push(read.problem);
            return [];
        }
        const { agent } = read;
        const runtime =
            question.runtimes.get(agent.name) ??
            guessRuntime(agent.labels, agent.image, pins) ??
            question.runtime;
        const pin = runtime === undefined ? undefined : pins.get(runtime);
        if (runtime === undefined || pin === undefined) {
            const known = [...pins.keys()].map((name) => `"${name}"`).join(", ");
            problems.push(
                `the agent "${agent.name}" runs "${formatImageReference(agent.image)}": ` +
                    (runtime === undefined
                        ? "which runtime is that?"
                        : `its runtime "${runtime}" has no pin.`) +
                    ` Expected --runtime ${agent.name}=<one of ${known}>`,
            );
            return [];
        }
        const [from, to] = [formatImageReference(agent.image), formatImageReference(pin.image)];
        changes.push(
            sameImage(agent.image, pin.image)
                ? `agent "${agent.name}": its image becomes the digest that it runs already, "${to}"`
                : `agent "${agent.name}": its image, "${from}" -> "${to}"`,
        );
        unsaid.push(...agent.unsaid.map((what) => `agent "${agent.name}": ${what}`));
        return [describeAgent(agent, runtime, unsaid)];
    });
    const parsed = orgSpecSchema.safeParse({
        slug,
        displayName: question.displayName,
        agents: agents.length === 0 ? NO_AGENTS : agents,
    });
    if (!parsed.success) {
        problems.push(...describeIssues(parsed.error, { slug, agents }));
    } else {
        const { layers, quota, orgs } = question.stackSays;
        const file = `${orgs}/${slug}.yaml`;
        problems.push(...findOrgProblems(planOrg(layers, parsed.data, file), [quota], file));
    }
    if (!parsed.success || problems.length > 0) {
        return { ok: false, problems };
    }
    if (agents.length > 0) {
        changes.push(
            "every agent: one new pod, with the restricted security context, the labels of an agent, requests and limits, " +
                "the ServiceAccount without a token, and its runtime's boot gate",
        );
    }
    changes.push(
        `the namespace "${ORG_NAMESPACE_PREFIX}${slug}": the labels of an org and of Pod Security "restricted", and protection from deletion`,
        "new: ServiceAccount, ResourceQuota, LimitRange and two NetworkPolicies" +
            (question.guards.length === 0
                ? ""
                : `, but for what is there already and is brought in line: ${question.guards.map(({ kind, name }) => `${kind} "${name}"`).join(", ")}`),
    );
    return {
        ok: true,
        org: parsed.data,
        importFile: buildImportFile(parsed.data, stack, question.guards),
        changes,
        unsaid,
    };
}

function describeAgent(agent: LiveAgentSpec, runtime: string, unsaid: string[]): Record<string, unknown> {
    const env = Object.fromEntries(
        Object.entries(agent.env).filter(([name]) => {
            if (!SECRET_NAME.test(name)) {
                return true;
            }
            unsaid.push(
                `agent "${agent.name}": variable "${name}", which says credential: move its value into a Secret, and refer to it under "secretEnv"`,
            );
            return false;
        }),
    );
    const spec = {
        name: agent.name,
        runtime,
        replicas: agent.replicas,
        ...agent.words,
        ...(agent.resources === undefined ? {} : { resources: agent.resources }),
        ...(Object.keys(env).length === 0 ? {} : { env }),
        ...(Object.keys(agent.secretEnv).length === 0 ? {} : { secretEnv: agent.secretEnv }),
        ...(Object.keys(agent.probes).length === 0 ? {} : { probes: agent.probes }),
        adoptedSelector: agent.selector,
    };
    // A quantity in a form that a file does not take ("1e3") is left to the stack's defaults, and said.
    if (!agentSpecSchema.safeParse(spec).success && spec.resources !== undefined) {
        const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => key !== "resources"));
        if (agentSpecSchema.safeParse(rest).success) {
            unsaid.push(
                `agent "${agent.name}": its requests and limits cannot be said; the stack's defaults hold`,
            );
            return rest;
        }
    }
    return spec;
}
