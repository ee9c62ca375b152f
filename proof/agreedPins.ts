import type { ReferencePins } from "../images/readReferenceStack";
import type { RuntimeImage, RuntimeImages } from "../images/runtimeImages";
import type { ProofRecord } from "./proofRecord";

/** What a stack should run by all of its references together. */
export interface AgreedPins {
    readonly pins: RuntimeImages;
    /** Runtime → a sentence: which references have proven what, where they have not all proven the same. */
    readonly heldBack: ReadonlyMap<string, string>;
}

/**
 * The pins on which all references of a stack agree. Where they do not, the stack stays on the pin on which they agreed last, which
 * is what it knows by its own outputs; a new stack has none then. Pure.
 *
 * @param before what the stack itself exported
 */
export function agreePins(references: readonly ReferencePins[], before: ProofRecord): AgreedPins {
    const runtimes = new Set(references.flatMap(({ images }) => [...images.keys()]));
    const pins = new Map<string, RuntimeImage>();
    const heldBack = new Map<string, string>();
    for (const runtime of [...runtimes].sort()) {
        const found = references.map(({ stack, images }) => ({ stack, pin: images.get(runtime) }));
        const [first] = found;
        const agreed = found.every(({ pin }) => pin?.image.digest === first?.pin?.image.digest);
        if (agreed && first?.pin !== undefined) {
            pins.set(runtime, first.pin);
            continue;
        }
        const { waiting, proven } = before.get(runtime) ?? {};
        const last = waiting ?? proven;
        if (last !== undefined) {
            pins.set(runtime, { image: last.image, release: last.release });
        }
        heldBack.set(
            runtime,
            `the reference stacks have not all proven the same: ${describe(found)}; ` +
                (last === undefined ? "there is no pin of it here" : `its pin here stays "${last.release}"`),
        );
    }
    return { pins, heldBack };
}

/** Who has proven what; those with the same digest together. */
function describe(
    found: readonly { readonly stack: string; readonly pin: RuntimeImage | undefined }[],
): string {
    return [...Map.groupBy(found, ({ pin }) => pin?.image.digest)]
        .map(([, same]) => {
            const stacks = same.map(({ stack }) => `"${stack}"`).join(", ");
            const release = same[0]?.pin?.release;
            return release === undefined ? `nothing in ${stacks}` : `"${release}" in ${stacks}`;
        })
        .join(", ");
}
