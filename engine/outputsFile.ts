import * as fs from "node:fs";
import { MendableError } from "../lib/text/mendableError";

import { type StackOutputs, type StackState, parseStackState, stateOf } from "./stackState";

/**
 * Reads a stack from a file, where there is no engine: what `pulumi stack output --json` printed, or the state that
 * `pulumi stack export` wrote.
 *
 * @throws MendableError when it is neither
 */
export function readStateFile(file: string): StackState {
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
        return stateOf(value as StackOutputs);
    }
    const state = parseStackState(value);
    if (state === undefined) {
        throw new MendableError(`"${file}": expected a stack's outputs or its exported state`);
    }
    return state;
}

/**
 * The outputs that such a file has.
 *
 * @throws MendableError when it is none, or the state of a stack that was never deployed
 */
export function readOutputsFile(file: string): StackOutputs {
    const { outputs, deployments } = readStateFile(file);
    if (deployments !== undefined && Object.keys(outputs).length === 0) {
        throw new MendableError(
            `"${file}": expected the state of a deployed stack, with a resource "pulumi:pulumi:Stack"`,
        );
    }
    return outputs;
}
