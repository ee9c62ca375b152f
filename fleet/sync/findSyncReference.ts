import { formatImageReference } from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import { quoteValue } from "../../lib/text/quoteValue";
import { type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { ApiError } from "../../kube/apiError";
import type { KubeClient } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import { describeLiveAgent } from "../../kube/liveAgent";
import type { LiveDeployment } from "../../kube/liveObjects";
import { readDeployment, readPod } from "../../kube/readObjects";
import { KUBE_RETRIES } from "../../kube/retry";
import { retry } from "../../lib/http/retry";
import { MendableError } from "../../lib/text/mendableError";
import { judgeAgentProof } from "../../proof/agentProof";
import { agreePins } from "../../proof/agreedPins";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { readOutputsFile } from "../../engine/outputsFile";
import type { SyncReference } from "./reference";

/** A live Deployment whose image others follow. */
export interface ReferenceDeployment {
    readonly namespace: string;
    readonly deployment: string;
    readonly container: string;
}

/**
 * Which live Deployment `--from-deployment` means: the option's value, then the variables that the platform's old script
 * read, then that script's defaults. Pure.
 *
 * @throws MendableError when the value is not `namespace/name` or `namespace/name/container`
 */
export function referenceDeployment(
    value: string | true,
    env: Readonly<Record<string, string | undefined>>,
): ReferenceDeployment {
    const parts = value === true ? [] : value.split("/");
    if (value !== true && (parts.length < 2 || parts.length > 3 || parts.includes(""))) {
        throw new MendableError(
            `--from-deployment "${value}": expected "<namespace>/<name>" or "<namespace>/<name>/<container>"`,
        );
    }
    const set = (name: string) => (env[name] === "" ? undefined : env[name]);
    return {
        namespace: parts[0] ?? set("PLATFORM_IMAGE_NAMESPACE") ?? "agents",
        deployment: parts[1] ?? set("PLATFORM_IMAGE_DEPLOYMENT") ?? "agent-ceo",
        container: parts[2] ?? set("PLATFORM_IMAGE_CONTAINER") ?? "agent",
    };
}

/**
 * Reads the image of the reference Deployment: always with the digest that its pods really run.
 *
 * @throws MendableError when it is mutable, since what is brought to it would be brought to nothing, and when its rollout has not
 * come to its end with every pod on the image, since everybody else would be brought to what the reference itself could not run
 */
export async function readReferenceDeployment(
    client: KubeClient,
    where: ReferenceDeployment,
    anyRepository: boolean,
    { now, signal }: { readonly now: Date; readonly signal?: AbortSignal },
): Promise<SyncReference> {
    const { namespace, deployment, container } = where;
    const place = `the reference Deployment "${namespace}/${deployment}"`;
    const own = (group: string, kind: string) =>
        `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
    let found: LiveDeployment;
    let pods;
    try {
        const path = `${own("/apis/apps/v1", "deployments")}/${encodeURIComponent(deployment)}`;
        const read = readDeployment(
            await retry(() => client.request({ path, signal }), KUBE_RETRIES, signal),
        );
        if (!read.ok) {
            throw new MendableError(read.problem);
        }
        found = read.object;
        pods = await listAll(client, { path: own("/api/v1", "pods"), signal }, readPod);
    } catch (error) {
        throw error instanceof ApiError
            ? new MendableError(`${place} cannot be read: ${error.message}`)
            : error;
    }
    const image = found.containers.find(({ name }) => name === container)?.image;
    if (image === undefined) {
        const names = found.containers.map(({ name }) => `"${name}"`).join(", ");
        throw new MendableError(
            `${place} has no container "${container}", expected one of ${names || "none"}`,
        );
    }
    const verdict = judgeReference(image);
    if (verdict.kind === "mutable" || verdict.kind === "unparsable") {
        throw new MendableError(
            `refused: ${place} runs ${quoteValue(formatImageReference(image))}: ${verdict.reason}. Agents that followed it would be pinned to nothing; ` +
                "roll it to a digest or a git-SHA tag first. Nothing was changed.",
        );
    }
    const live = describeLiveAgent(
        found,
        pods.flatMap((pod) => (pod.ok ? [pod.object] : [])),
        container,
    );
    // A tag's digest is what its pods have pulled, where they agree.
    const digest = verdict.reference.digest ?? live.runningDigest;
    const digests = new Set(digest === undefined ? [] : [digest]);
    const proof = judgeAgentProof(live, formatImageReference(image), digests, ROLLED_OUT, now);
    if (proof.kind !== "proves") {
        const why = "why" in proof ? proof.why : "it has no pods, so nothing shows that its image can run";
        throw new MendableError(
            `refused: ${place} is no proof of its image "${formatImageReference(image)}": ${why}. Nothing was changed; ` +
                "run this again when its rollout has finished, or follow the pins: --stack, --reference-stack",
        );
    }
    return { kind: "image", image: { ...verdict.reference, digest }, anyRepository };
}

/** Whether a rollout is over; for how long it must be asks who passes a release on, and not who follows it by hand. */
const ROLLED_OUT = { soak: 0, restarts: Number.POSITIVE_INFINITY };

/**
 * Reads the pins of the reference stacks, from the engine or a file. A runtime of which they have not all proven the same is not
 * among them.
 *
 * @throws MendableError when they cannot be read, or one of them is mutable
 */
export async function readReferencePins(
    { project, reference }: { readonly project: string; readonly reference?: string },
    stacks: readonly string[],
): Promise<RuntimeImages> {
    const read = await Promise.all(
        stacks.map(async (stack) => {
            const outputs =
                reference === undefined
                    ? await readEngineOutputs(project, stack)
                    : readOutputsFile(reference);
            return { stack, images: parseRuntimeImages(outputs["runtimeImages"], stack) };
        }),
    );
    return agreePins(read, new Map()).pins;
}
