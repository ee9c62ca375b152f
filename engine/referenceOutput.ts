import { formatRuntimeImages, parseRuntimeImages } from "../images/runtimeImages";
import { MendableError } from "../lib/text/mendableError";
import { agreePins } from "../proof/agreedPins";
import { parseProof } from "../proof/proofRecord";
import { readEngineOutputs } from "./engineOutputs";
import type { StackOutputs } from "./stackState";

/**
 * The output `runtimeImages` that a stack's references export now: of a single one as it stands there, of several what they agree on.
 *
 * @param own the stack's own outputs, which say on what several agreed last
 * @throws MendableError when one of them cannot be read or exports none
 */
export async function readReferenceOutput(
    project: string,
    references: readonly string[],
    own: () => Promise<StackOutputs>,
): Promise<unknown> {
    const outputs = await Promise.all(
        references.map(async (stack) => {
            const { runtimeImages } = await readEngineOutputs(project, stack);
            if (runtimeImages === undefined) {
                throw new MendableError(
                    `the reference stack "${stack}" exports no "runtimeImages", so there is nothing to deploy and nothing for the policy pack to ` +
                        "compare with; expected it to be updated first",
                );
            }
            return { stack, runtimeImages };
        }),
    );
    if (outputs.length === 1) {
        return outputs[0]?.runtimeImages;
    }
    const pins = outputs.map(({ stack, runtimeImages }) => ({
        stack,
        images: parseRuntimeImages(runtimeImages, stack),
    }));
    const { proof } = await own();
    return formatRuntimeImages(agreePins(pins, parseProof(proof) ?? new Map()).pins);
}
