import { agentSpecSchema } from "../../config/agentSpec";
import { findCredentials } from "../../config/agent/containerWords";
import { NO_AGENTS, orgSpecSchema } from "../../config/orgSpec";
import type { OrgFile } from "../../engine/renderOrg";
import { describeIssues } from "../../lib/text/describeIssues";
import { formatImageReference } from "../../images/imageReference";
import { ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import type { RuntimeImages } from "../../images/runtimeImages";
import { guessRuntime } from "../../images/guessRuntime";
import { sameImage } from "../../images/sameImage";
import {
    type Companions,
    type ImportedCompanion,
    companionsOf,
    sharedAccountAnnotations,
} from "./companions";
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
    /** What the agents have beside their Deployments. */
    readonly companions: Companions;
    /** Leaves out the containers beside the agents: where the stack does not allow their images. */
    readonly withoutSidecars?: boolean;
    readonly pins: RuntimeImages;
    /** What the org's file says already, where it is written anew: all of it stays but the agents. */
    readonly before?: OrgFile;
    /** The runtime of agents that neither their label nor their image tells. */
    readonly runtime?: string;
    /** Agent → runtime, before all else. */
    readonly runtimes: ReadonlyMap<string, string>;
}

/** An adoption that can be made, or everything that stands against it. */
export type AdoptionPlan =
    | {
          readonly ok: true;
          readonly org: OrgFile;
          readonly importFile: ImportFile;
          /** What the next update changes on what is live; one sentence each. */
          readonly changes: readonly string[];
          /** Credentials in plain text, which are not written down. */
          readonly unsaid: readonly string[];
          /** What stands beside an agent's Deployment and a file cannot say, with why. */
          readonly lost: readonly string[];
      }
    | { readonly ok: false; readonly problems: readonly string[] };

/** Plans how a hand-made org becomes a managed one. Pure; all problems together. */
export function planAdoption(question: AdoptionQuestion): AdoptionPlan {
    const { slug, pins, stack } = question;
    const problems: string[] = [];
    const changes: string[] = [];
    const unsaid: string[] = [];
    const lost: string[] = [];
    const imported = new Map<string, readonly ImportedCompanion[]>();
    const agents = question.deployments.flatMap((item) => {
        const companions = companionsOf(item, question.deployments, question.companions);
        const read = readLiveAgent(item, companions);
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
        const held = heldAgents(question.before).find(({ name }) => name === agent.name);
        const { imageOverride, notSecret } = held ?? {};
        lost.push(...companions.lost.map((line) => `agent "${agent.name}": ${line}`));
        imported.set(agent.name, companions.imported);
        const sidecars = question.withoutSidecars === true ? undefined : agent.words.sidecars;
        const words = { ...agent.words, sidecars, notSecret };
        return [{ ...describeAgent({ ...agent, words }, runtime, unsaid), imageOverride }];
    });
    // As a file has it, which says nothing of what is undefined.
    const org = JSON.parse(
        JSON.stringify({
            slug,
            displayName: question.displayName,
            serviceAccountAnnotations: sharedAccountAnnotations(question.companions),
            ...question.before,
            agents: agents.length === 0 ? NO_AGENTS : agents,
        }),
    ) as OrgFile;
    const parsed = orgSpecSchema.safeParse(org);
    if (!parsed.success) {
        problems.push(...describeIssues(parsed.error, org));
    }
    if (!parsed.success || problems.length > 0) {
        return { ok: false, problems };
    }
    changes.push(...changesOfOrg(question, agents.length));
    return {
        ok: true,
        org,
        importFile: buildImportFile(parsed.data, stack, question.guards, imported),
        changes,
        unsaid,
        lost,
    };
}

/** What the update changes besides the agents' images. */
function changesOfOrg({ slug, guards }: AdoptionQuestion, agents: number): readonly string[] {
    const existing = guards.map(({ kind, name }) => `${kind} "${name}"`).join(", ");
    return [
        ...(agents === 0
            ? []
            : [
                  "every agent: one new pod, with the restricted security context, the labels of an agent, requests and limits, " +
                      "the ServiceAccount without a token, and its runtime's boot gate",
              ]),
        `the namespace "${ORG_NAMESPACE_PREFIX}${slug}": the labels of an org and of Pod Security "restricted", and protection from deletion`,
        "new: ServiceAccount, ResourceQuota, LimitRange and two NetworkPolicies" +
            (existing === "" ? "" : `, but for what is there already and is brought in line: ${existing}`),
    ];
}

/** What people have said of an agent that its Deployment does not tell. */
interface HeldAgent {
    readonly name?: unknown;
    readonly imageOverride?: unknown;
    readonly notSecret?: Record<string, string>;
}

function heldAgents(before: OrgFile | undefined): readonly HeldAgent[] {
    return Array.isArray(before?.["agents"]) ? (before["agents"] as HeldAgent[]) : [];
}

function describeAgent(agent: LiveAgentSpec, runtime: string, unsaid: string[]): Record<string, unknown> {
    const { name, env, secretEnv, probes, words } = agent;
    const credentials = findCredentials({ env, ...words });
    for (const { of, path, why } of [
        ...credentials.map((one) => ({ of: "", ...one })),
        ...agent.credentials,
    ]) {
        const what = path[0] === "env" ? `variable "${String(path[1])}"` : `its "${String(path[0])}"`;
        unsaid.push(
            `agent "${name}": ${of}${what}: ${why}; it is not written into a file: move it into a Secret, and refer to it under "secretEnv"`,
        );
    }
    const secret = new Set(
        credentials.map(({ path }) => (path[0] === "env" ? `env.${String(path[1])}` : path[0])),
    );
    const spec = {
        name,
        runtime,
        replicas: words.autoscaler === undefined ? agent.replicas : undefined,
        ...Object.fromEntries(Object.entries(words).filter(([word]) => !secret.has(word))),
        resources: agent.resources,
        env: orNone(Object.fromEntries(Object.entries(env).filter(([key]) => !secret.has(`env.${key}`)))),
        secretEnv: orNone(secretEnv),
        probes: orNone(JSON.parse(JSON.stringify(probes)) as object),
        adoptedSelector: agent.selector,
    };
    // What has no form that a file takes ("1e3" of memory, a variable "a.b") is left to the layers before, and found missing.
    for (const word of ["resources", "env", "secretEnv", "probes"] as const) {
        const rest = { ...spec, [word]: undefined };
        if (!agentSpecSchema.safeParse(spec).success && agentSpecSchema.safeParse(rest).success) {
            return rest;
        }
    }
    return spec;
}

function orNone<T extends object>(map: T): T | undefined {
    return Object.keys(map).length === 0 ? undefined : map;
}
