import { PLATFORM_PROJECT } from "../config/referenceChain";
import type { StackFacts } from "../fleet/stale/fleetFacts";
import type { FleetReport } from "../fleet/stale/fleetReport";
import { formatImageReference } from "../images/imageReference";
import { releaseOf } from "../images/pinHistory";
import { sameImage } from "../images/sameImage";
import type { Environment } from "../pins/environment";
import type { RegistryTrouble } from "../registry/registryClient";

/** Something besides agents that is not as it should be. */
export interface Finding {
    /**
     * `source`: what could not be read. `pin`: what the file pins is not what the platform's stack has deployed. `proof`: what a stack does
     * not pass on, though not time alone is missing. `control-plane`: a pin that was deployed and not announced. `registry`: a pin that
     * the registry does not serve, or of which it does not say so.
     */
    readonly kind: "source" | "pin" | "proof" | "control-plane" | "registry";
    /** What it is about: `prod claude-code`. */
    readonly subject: string;
    readonly text: string;
}

/** Asks a registry whether it serves a digest. */
export type AskRegistry = (repository: string, digest: string) => Promise<RegistryTrouble | undefined>;

/** What a report says of sources and proofs. Pure. */
export function findInReport(report: FleetReport): readonly Finding[] {
    return [
        ...report.gaps
            .filter(({ serious }) => serious)
            .map(({ message }): Finding => {
                // Counts and times in it make no other finding of it.
                return { kind: "source", subject: message.replace(/\d+/g, "#"), text: message };
            }),
        ...report.proofs.flatMap(({ stack, runtime, waiting }): Finding[] =>
            waiting === null || waiting.earliest !== null
                ? []
                : [
                      {
                          kind: "proof",
                          subject: `${stack} ${runtime} ${waiting.release}`,
                          text: `"${stack}" does not pass on "${waiting.release}" of "${runtime}": ${waiting.why.join("; ")}`,
                      },
                  ],
        ),
    ];
}

/** Where the files' pins and what was deployed and announced of them part. Pure. */
export function findInPins(
    environments: readonly Environment[],
    stacks: readonly StackFacts[],
): readonly Finding[] {
    return environments.flatMap(({ name, config }) => {
        const deployed = stacks.find(({ stack }) => stack === `${PLATFORM_PROJECT}/${name}`)?.pins;
        return [...config.runtimes].flatMap(([runtime, pin]): Finding[] => {
            const { image, announcedAt, deployedAt } = pin;
            const last = deployed?.get(runtime);
            if (image === undefined) {
                return [];
            }
            const subject = `${name} ${runtime}`;
            const release = releaseOf({ image, release: pin.release });
            if (last !== undefined && !sameImage(image, last.image)) {
                const text = `the file of ${name} pins "${release}" of "${runtime}", and its stack has deployed "${last.release}"`;
                return [{ kind: "pin", subject, text }];
            }
            return config.promotion.controlPlane !== undefined &&
                deployedAt !== undefined &&
                announcedAt === undefined
                ? [
                      {
                          kind: "control-plane",
                          subject,
                          text: `"${release}" of "${runtime}" is deployed in ${name}, and its control plane was not told: "fleet promote" finishes it`,
                      },
                  ]
                : [];
        });
    });
}

/** The pins that a registry does not serve, or of which it does not say so. Each digest is asked for once. */
export async function findInRegistry(
    environments: readonly Environment[],
    ask: AskRegistry,
): Promise<readonly Finding[]> {
    const pins = environments.flatMap(({ name, config }) =>
        [...config.runtimes].flatMap(([runtime, { image }]) =>
            image?.digest === undefined ? [] : [{ name, runtime, image, digest: image.digest }],
        ),
    );
    const asked = new Map(
        pins.map(({ image, digest }) => [`${image.repository}@${digest}`, { image, digest }]),
    );
    const answers = new Map(
        await Promise.all(
            [...asked].map(
                async ([key, { image, digest }]) => [key, await ask(image.repository, digest)] as const,
            ),
        ),
    );
    return pins.flatMap(({ name, runtime, image, digest }): Finding[] => {
        const trouble = answers.get(`${image.repository}@${digest}`);
        return trouble === undefined
            ? []
            : [
                  {
                      kind: "registry",
                      subject: `${name} ${runtime}`,
                      text: `the pin of "${runtime}" in ${name}, "${formatImageReference(image)}": ${trouble.message}`,
                  },
              ];
    });
}
