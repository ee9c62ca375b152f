import { z } from "zod";
import { type FoundImage, readImage } from "../images/imageReference";

/** A stack's outputs, as the engine prints them: any JSON. */
export type StackOutputs = Readonly<Record<string, unknown>>;

/** A Deployment that a stack has deployed, as its state has it. */
export interface StateDeployment {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** Of its template, init containers first. */
    readonly containers: readonly { readonly name: string; readonly image: FoundImage }[];
}

/** What is known of a stack by its state, or by its outputs alone. */
export interface StackState {
    /** Those of its last update that ended well; none where there was none. */
    readonly outputs: StackOutputs;
    /** What it has deployed, by an update that failed too; absent where only outputs were read. */
    readonly deployments?: readonly StateDeployment[];
    /** The cluster that it was applied to; absent where it does not say. */
    readonly clusterUid?: string;
}

const texts = z.record(z.string(), z.string()).nullish();
const containers = z.array(z.looseObject({ name: z.string(), image: z.unknown().optional() })).nullish();
const deploymentSchema = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string(), labels: texts, annotations: texts }),
    spec: z.object({ template: z.object({ spec: z.object({ containers, initContainers: containers }) }) }),
});

const resource = z.object({
    type: z.string(),
    delete: z.boolean().optional(),
    external: z.boolean().optional(),
    inputs: z.unknown().optional(),
    outputs: z.record(z.string(), z.unknown()).optional(),
});
const stateSchema = z.object({ deployment: z.object({ resources: z.array(resource).nullish() }) });

/** What is known of a stack by its outputs alone. */
export function stateOf(outputs: StackOutputs): StackState {
    const { clusterUid } = outputs;
    return { outputs, clusterUid: typeof clusterUid === "string" ? clusterUid : undefined };
}

/** A whole Deployment, or one that is somebody else's and of which a stack owns the images alone. */
const DEPLOYMENT = /^kubernetes:apps\/v1:Deployment(Patch)?$/;

/**
 * Reads a stack's state, as `pulumi stack export` writes it. The resources tell what was deployed when an update has failed in part:
 * it writes no outputs then.
 *
 * @returns `undefined` where it is no state
 */
export function parseStackState(value: unknown): StackState | undefined {
    const parsed = stateSchema.safeParse(value);
    if (!parsed.success) {
        return undefined;
    }
    const resources = parsed.data.deployment.resources ?? [];
    const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    // The cluster's identity is kept in the state by itself, and is there before the first output.
    const kept = resources.find(({ type }) => type === "pulumi:index:Stash")?.outputs?.["output"];
    return {
        ...stateOf({ clusterUid: kept, ...outputs }),
        outputs,
        deployments: resources.flatMap(({ type, inputs, ...rest }): StateDeployment[] => {
            const isOver = rest.delete === true || rest.external === true;
            const read =
                DEPLOYMENT.test(type) && !isOver ? deploymentSchema.safeParse(inputs).data : undefined;
            if (read === undefined) {
                return [];
            }
            const { labels, annotations, ...named } = read.metadata;
            const { spec } = read.spec.template;
            return [
                {
                    ...named,
                    labels: labels ?? {},
                    annotations: annotations ?? {},
                    containers: [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((each) => ({
                        name: each.name,
                        image: readImage(each.image),
                    })),
                },
            ];
        }),
    };
}
