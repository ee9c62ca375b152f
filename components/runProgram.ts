import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../config/configError";
import { DigestError } from "../images/resolveDigest";
import { ReferenceOutputError } from "../images/runtimeImages";

/**
 * Runs a program and shows the errors that people can mend as their text alone. Whatever else is thrown is a fault of the
 * program itself, and keeps its stack trace.
 */
export async function runProgram<T>(program: () => Promise<T>): Promise<T> {
    try {
        return await program();
    } catch (error) {
        if (
            error instanceof ConfigError ||
            error instanceof ReferenceOutputError ||
            error instanceof DigestError
        ) {
            throw new pulumi.RunError(error.message);
        }
        throw error;
    }
}
