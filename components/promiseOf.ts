import type * as pulumi from "@pulumi/pulumi";

/**
 * The value of an output, or its error: `Output.promise` rejects, where a promise that is resolved in `apply` would never
 * answer. The SDK leaves the method out of its types, so this is the one place that reaches for it.
 */
export async function promiseOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
    return (output as unknown as { promise: () => Promise<pulumi.Unwrap<T>> }).promise();
}
