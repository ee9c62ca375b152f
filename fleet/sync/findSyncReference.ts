import { formatImageReference } from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import { quoteValue } from "../../lib/text/quoteValue";
import { type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { ApiError } from "../../kube/apiError";
import type { KubeClient } from "../../kube/kubeClient";
import { readDeployment } from "../../kube/readObjects";
import { KUBE_RETRIES } from "../../kube/retry";
import { retry } from "../../lib/http/retry";
import { MendableError } from "../../lib/text/mendableError";
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
 * Reads the image of the reference Deployment.
 *
 * @throws MendableError when it is mutable: what is brought to it would be brought to nothing
 */
export async function readReferenceDeployment(
    client: KubeClient,
    where: ReferenceDeployment,
    anyRepository: boolean,
    signal?: AbortSignal,
): Promise<SyncReference> {
    const { namespace, deployment, container } = where;
    const place = `the reference Deployment "${namespace}/${deployment}"`;
    let answer: unknown;
    try {
        const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(deployment)}`;
        answer = await retry(() => client.request({ path, signal }), KUBE_RETRIES, signal);
    } catch (error) {
        if (error instanceof ApiError) {
            throw new MendableError(`${place} cannot be read: ${error.message}`);
        }
        throw error;
    }
    const read = readDeployment(answer);
    if (!read.ok) {
        throw new MendableError(read.problem);
    }
    const image = read.object.containers.find(({ name }) => name === container)?.image;
    if (image === undefined) {
        const names = read.object.containers.map(({ name }) => `"${name}"`).join(", ");
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
    return { kind: "image", image: verdict.reference, anyRepository };
}

/**
 * Reads the pins of the reference stack, from the engine or a file.
 *
 * @throws MendableError when they cannot be read, or one of them is mutable
 */
export async function readReferencePins(
    { project, reference }: { readonly project: string; readonly reference?: string },
    stack: string,
): Promise<RuntimeImages> {
    const outputs =
        reference === undefined ? await readEngineOutputs(project, stack) : readOutputsFile(reference);
    return parseRuntimeImages(outputs["runtimeImages"], stack);
}
