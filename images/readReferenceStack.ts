import * as pulumi from "@pulumi/pulumi";
import { ReferenceOutputError, type RuntimeImages, parseRuntimeImages } from "./runtimeImages";

/** The output that a reference stack must export. */
export const RUNTIME_IMAGES_OUTPUT = "runtimeImages";

/**
 * Reads what every runtime should run from the reference stack, before any resource is declared: an answer that is not
 * usable ends the program while nothing has been changed.
 *
 * @throws ReferenceOutputError
 */
export async function readReferenceStack(stack: string): Promise<RuntimeImages> {
    const reference = new pulumi.StackReference("reference", { name: stack });
    const details = await reference.getOutputDetails(RUNTIME_IMAGES_OUTPUT);
    if (details.secretValue !== undefined) {
        throw new ReferenceOutputError(stack, [
            "it is a secret, expected plain data: a digest is no secret, and every diff of it would be hidden",
        ]);
    }
    return parseRuntimeImages(details.value as unknown, stack);
}
