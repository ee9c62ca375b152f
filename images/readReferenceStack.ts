import * as pulumi from "@pulumi/pulumi";
import { ReferenceOutputError, type RuntimeImages, parseRuntimeImages } from "./runtimeImages";

/** The output that a reference stack must export. */
export const RUNTIME_IMAGES_OUTPUT = "runtimeImages";

/** What one of a stack's references exports. */
export interface ReferencePins {
    /** As it is written: `organization/platform/prod`. */
    readonly stack: string;
    readonly images: RuntimeImages;
}

/**
 * Reads what every runtime should run from the reference stacks, before any resource is declared: an answer that is not
 * usable ends the program while nothing has been changed.
 *
 * @throws ReferenceOutputError
 */
export function readReferenceStacks(stacks: readonly string[]): Promise<readonly ReferencePins[]> {
    return Promise.all(
        stacks.map(async (stack, index) => {
            const reference = new pulumi.StackReference(index === 0 ? "reference" : `reference ${stack}`, {
                name: stack,
            });
            const details = await reference.getOutputDetails(RUNTIME_IMAGES_OUTPUT);
            if (details.secretValue !== undefined) {
                throw new ReferenceOutputError(stack, [
                    "it is a secret, expected plain data: a digest is no secret, and every diff of it would be hidden",
                ]);
            }
            return { stack, images: parseRuntimeImages(details.value as unknown, stack) };
        }),
    );
}
