import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { RUNTIME_IMAGES_OUTPUT } from "../images/readReferenceStack";
import { type RuntimeImages, parseRuntimeImages } from "../images/runtimeImages";
import { MendableError } from "../lib/text/mendableError";
import { type ProofRecord, parseProof } from "./proofRecord";

/** What this stack exported last time, as far as it is read here. Foreign data too: an older program may have written it. */
export interface OwnOutputs {
    /** Org → whatever was said of its agents. */
    readonly agents: Readonly<Record<string, unknown>>;
    /** The orgs that may go. */
    readonly offboarding: readonly string[];
    /** The cluster that it was applied to; absent where it was not yet. */
    readonly clusterUid?: string;
    /** What was proven; empty for a stack that has proven nothing yet. */
    readonly proof: ProofRecord;
}

const outputsSchema = z.object({
    agents: z.record(z.string(), z.unknown()).catch({}),
    offboarding: z.array(z.string()).catch([]),
    clusterUid: z.string().optional().catch(undefined),
});

const deployedSchema = z
    .record(
        z.string(),
        z.object({ image: z.string(), runtime: z.string().optional(), release: z.string().optional() }),
    )
    .catch({});

/** What a stack's last outputs say of one agent. */
export type DeployedAgent = z.infer<typeof deployedSchema>[string];

/** What a stack's last outputs say of an agent; `undefined` where they do not name it. */
export function deployedAgent({ agents }: OwnOutputs, org: string, agent: string): DeployedAgent | undefined {
    const ofOrg = new Map(Object.entries(agents)).get(org);
    return new Map(Object.entries(deployedSchema.parse(ofOrg))).get(agent);
}

/** Reads a stack's own last outputs. An update that failed wrote none, so these are of the last one that ended well. */
export async function readOwnOutputs(project: string, stackName: string): Promise<OwnOutputs> {
    const name = `${pulumi.getOrganization()}/${project}/${stackName}`;
    const before = new pulumi.StackReference("itself", { name });
    const read = async (output: string) => (await before.getOutputDetails(output)).value as unknown;
    const [agents, offboarding, clusterUid, proof, runtimeImages] = await Promise.all(
        ["agents", "offboarding", "clusterUid", "proof", RUNTIME_IMAGES_OUTPUT].map(read),
    );
    return parseOwnOutputs({ agents, offboarding, clusterUid, proof, runtimeImages }, name);
}

/** A stack's last outputs, by whatever they were read. Never throws: what cannot be read was never said. */
export function parseOwnOutputs(
    { agents, offboarding, clusterUid, proof, runtimeImages }: Readonly<Record<string, unknown>>,
    name: string,
): OwnOutputs {
    return {
        ...outputsSchema.parse({ agents, offboarding, clusterUid }),
        proof: parseProof(proof) ?? takeOver(runtimeImages, name),
    };
}

/** A program without proofs exported what it had rolled out: that is what such a stack begins with. */
function takeOver(runtimeImages: unknown, stack: string): ProofRecord {
    const evidence = { by: "rollout" as const, agents: [], count: 0, soak: "0s", checks: [], excused: [] };
    let images: RuntimeImages;
    try {
        images = parseRuntimeImages(runtimeImages, stack);
    } catch (error) {
        // Nothing, or nothing that can be read: what was never understood was never proven.
        if (error instanceof MendableError) {
            return new Map();
        }
        throw error;
    }
    return new Map(
        [...images].map(([runtime, { image, release, promotedAt }]) => [
            runtime,
            { proven: { image, release, promotedAt, evidence, earlier: [] } },
        ]),
    );
}
