import { z } from "zod";
import { findCredentials } from "../../config/agent/containerWords";
import type { Profile } from "../../config/agent/profileSchema";
import { type FoundImage, readImage } from "../../images/imageReference";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { AgentCompanions } from "./companions";
import { type Fields, fieldsOf, listOf } from "./fields";
import { type ContainerSpec, readContainer, readContainerWords } from "./readContainer";
import { readLiveWords } from "./readLiveWords";
import { formatPath } from "../../lib/text/describeIssues";

/** One hand-made agent, with what an org's file can say of it; what it cannot is left out. */
export interface LiveAgentSpec extends ContainerSpec {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly image: FoundImage;
    readonly replicas: number;
    readonly selector: Readonly<Record<string, string>>;
    /** Everything else that an org's file can say. */
    readonly words: Profile;
    /** Credentials in plain text in its pods' other containers: `container "log": `, the path in its words, and why it looks like one. */
    readonly credentials: readonly {
        readonly of: string;
        readonly path: readonly PropertyKey[];
        readonly why: string;
    }[];
}

/** A live Deployment as an agent, or why it cannot be one. */
export type ReadLiveAgent =
    { readonly ok: true; readonly agent: LiveAgentSpec } | { readonly ok: false; readonly problem: string };

const texts = z.record(z.string(), z.string());
const containerSchema = z.looseObject({
    name: z.string(),
    image: z.string().default("").transform(readImage),
});
const deploymentSchema = z.looseObject({
    metadata: z.looseObject({ name: z.string(), labels: texts.nullish() }),
    spec: z.looseObject({
        replicas: z.number().nullish(),
        selector: z.looseObject({
            matchLabels: texts.nullish(),
            matchExpressions: z.array(z.unknown()).nullish(),
        }),
        template: z.looseObject({
            spec: z.looseObject({
                containers: z.array(containerSchema).nullish(),
                initContainers: z.array(z.looseObject({ name: z.string() })).nullish(),
            }),
        }),
    }),
});

/** Reads a live Deployment as the API server sent it. Never throws. */
export function readLiveAgent(item: unknown, companions: AgentCompanions): ReadLiveAgent {
    const parsed = deploymentSchema.safeParse(item);
    if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return fail(`a Deployment cannot be read: ${formatPath(issue?.path ?? [])}: ${issue?.message ?? ""}`);
    }
    const { metadata, spec } = parsed.data;
    const place = `the Deployment "${metadata.name}"`;
    const containers = spec.template.spec.containers ?? [];
    const container = containers.find(({ name }) => name === AGENT_CONTAINER);
    if (container === undefined) {
        const names = containers.map(({ name }) => `"${name}"`).join(", ");
        return fail(`${place} has no container "${AGENT_CONTAINER}"; it has ${names || "none"}`);
    }
    const selector = spec.selector.matchLabels ?? {};
    if ((spec.selector.matchExpressions ?? []).length > 0 || Object.keys(selector).length === 0) {
        return fail(`${place} selects its pods by expressions, which an agent cannot`);
    }
    const name = metadata.name.slice(AGENT_DEPLOYMENT_PREFIX.length);
    return {
        ok: true,
        agent: {
            name,
            labels: metadata.labels ?? {},
            image: container.image,
            replicas: spec.replicas ?? 1,
            selector,
            ...readContainer(container),
            words: readLiveWords(fieldsOf(fieldsOf(item)["spec"]), container, { ...companions, name }),
            credentials: besides(spec.template.spec).flatMap(([of, other]) => {
                const { command, args } = readContainerWords(other);
                const words = {
                    env: readContainer(other).env,
                    command: textsOf(command),
                    args: textsOf(args),
                };
                return findCredentials(words).map((found) => ({ of, ...found }));
            }),
        },
    };
}

/** The containers beside the agent, those that come before it too. */
function besides(pod: Fields): readonly (readonly [of: string, container: Fields])[] {
    return [
        ...listOf(pod["initContainers"]).map(
            (each) => [`init container "${String(each["name"])}": `, each] as const,
        ),
        ...listOf(pod["containers"])
            .filter(({ name }) => name !== AGENT_CONTAINER)
            .map((each) => [`container "${String(each["name"])}": `, each] as const),
    ];
}

function textsOf(value: unknown): readonly string[] {
    return Array.isArray(value) ? value.map(String) : [];
}

function fail(problem: string): ReadLiveAgent {
    return { ok: false, problem };
}
