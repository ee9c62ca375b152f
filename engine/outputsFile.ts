import * as fs from "node:fs";
import { z } from "zod";
import { MendableError } from "../lib/text/mendableError";
import type { StackOutputs } from "./stackOutputs";

const exportSchema = z.object({
    deployment: z.object({
        resources: z
            .array(z.looseObject({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
            .optional(),
    }),
});

/**
 * Reads a stack's outputs from a file, where there is no engine: what `pulumi stack output --json` printed, or the state that
 * `pulumi stack export` wrote.
 *
 * @throws MendableError when it is neither
 */
export function readOutputsFile(file: string): StackOutputs {
    let value: unknown;
    try {
        value = JSON.parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
        throw new MendableError(`"${file}" cannot be read as JSON: ${(error as Error).message}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new MendableError(`"${file}": expected an object: a stack's outputs or its exported state`);
    }
    if (!("deployment" in value)) {
        return value as StackOutputs;
    }
    const state = exportSchema.safeParse(value);
    const root = state.data?.deployment.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
    if (root === undefined) {
        throw new MendableError(
            `"${file}": expected the state of a deployed stack, with a resource "pulumi:pulumi:Stack"`,
        );
    }
    return root.outputs ?? {};
}
