import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../lib/text/configError";
import { type VetoesByDigest, describeVeto } from "../config/vetoes";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { judgeImage } from "../images/immutability";
import { MendableError } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";
import { type AskRegistry, resolveDigest } from "../images/resolveDigest";
import type { RuntimeImage } from "../images/runtimeImages";
import { releaseOf } from "../images/pinHistory";
import { type LookAt, findTrouble, referenceAgent } from "./referenceDeployment";
import type { Pin, PlatformConfig } from "./platformConfig";

/** What resolving needs besides the pins. */
export interface ResolvePinsOptions {
    /** The cluster in which reference Deployments live. */
    readonly provider: kubernetes.Provider;
    /** For the error's "where to fix it". */
    readonly stack: string;
    /** Digests that nothing may be pinned to. */
    readonly vetoes: VetoesByDigest;
    /** Asks a registry for a tag's digest. Default: through the docker provider. */
    readonly ask?: AskRegistry;
    /** How a reference Deployment's pods are looked at; absent where the program is only rendered. */
    readonly look?: LookAt;
}

/**
 * Resolves every runtime's pin to a digest. Tags are asked for here, before any resource is declared; the image of a
 * reference Deployment is read from the cluster, and refused there when it is mutable: pinning to what is pinned to
 * nothing would look like it works and solve nothing.
 *
 * @throws ConfigError when a tag cannot be resolved; each problem names its runtime
 */
export async function resolvePins(
    runtimes: PlatformConfig["runtimes"],
    options: ResolvePinsOptions,
): Promise<ReadonlyMap<string, pulumi.Output<RuntimeImage>>> {
    const settled = await Promise.allSettled(
        [...runtimes].map(async ([runtime, pin]): Promise<[string, pulumi.Output<RuntimeImage>]> => {
            if (pin.image === undefined) {
                return [runtime, fromDeployment(runtime, pin, options)];
            }
            const where = fixHere(runtime, options.stack);
            const image = await resolveDigest(pin.image, where, options.ask);
            const vetoed = describeVetoed(image, options.vetoes);
            if (vetoed !== undefined) {
                throw new Error(`${vetoed}; "fleet rollback" pins what was there before`);
            }
            return [runtime, pulumi.output(describePin(image, pin))];
        }),
    );
    const names = [...runtimes.keys()];
    const problems = settled.flatMap((result, index) =>
        result.status === "rejected"
            ? [`${fixHere(names[index] ?? "", options.stack)}: ${(result.reason as Error).message}`]
            : [],
    );
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    return new Map(settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
}

function fromDeployment(
    runtime: string,
    pin: Pin,
    { provider, stack, vetoes, ask, look }: ResolvePinsOptions,
): pulumi.Output<RuntimeImage> {
    if (pin.fromDeployment === undefined) {
        throw new Error(`the runtime "${runtime}" has neither an image nor a Deployment`);
    }
    const { reference, ...agent } = referenceAgent(runtime, pin.fromDeployment, look);
    const { container } = pin.fromDeployment;
    const where = `${fixHere(runtime, stack)}: the Deployment "${agent.name}"`;
    const live = kubernetes.apps.v1.Deployment.get(`reference-${runtime}`, agent.name, { provider });
    return live.spec.template.spec.containers.apply(async (containers) => {
        const found = containers.find(({ name }) => name === container);
        if (found === undefined) {
            const names = containers.map(({ name }) => `"${name}"`).join(", ");
            throw new MendableError(`${where} has no container "${container}", expected one of ${names}`);
        }
        const verdict = judgeImage(found.image);
        if (verdict.kind === "mutable" || verdict.kind === "unparsable") {
            throw new MendableError(
                `${where} runs ${quoteValue(found.image)}: ${verdict.reason}. ` +
                    "Nothing can be pinned to it; roll that Deployment to a digest or a git-SHA tag first, or pin the runtime by digest",
            );
        }
        const image = await resolveDigest(verdict.reference, where, ask).catch((error: unknown) => {
            throw error instanceof MendableError ? new MendableError(`${where}: ${error.message}`) : error;
        });
        const vetoed = describeVetoed(image, vetoes);
        if (vetoed !== undefined) {
            throw new MendableError(
                `${where}: ${vetoed}; roll that Deployment to another image first, or pin the runtime by digest`,
            );
        }
        const trouble = reference && (await findTrouble(agent, image, reference));
        if (trouble !== undefined) {
            throw new MendableError(
                `${where} cannot be pinned to: ${trouble}; run it again when its rollout has finished, or pin the runtime by digest`,
            );
        }
        return describePin(image, pin);
    });
}

function describeVetoed(image: PinnedReference, vetoes: VetoesByDigest): string | undefined {
    const veto = vetoes.get(image.digest);
    return veto === undefined
        ? undefined
        : `"${formatImageReference(image)}" is refused: ${describeVeto(veto)}`;
}

function describePin(image: PinnedReference, pin: Pin): RuntimeImage {
    return {
        image,
        release: releaseOf({ ...pin, image }),
        ...(pin.promotedAt === undefined ? {} : { promotedAt: pin.promotedAt }),
    };
}

function fixHere(runtime: string, stack: string): string {
    return `platform/Pulumi.${stack}.yaml: platform:runtimes.${runtime}`;
}
