import * as path from "node:path";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { readOutputsFile } from "../../engine/outputsFile";
import { MendableError } from "../../lib/text/mendableError";
import { type ProofRecord, parseProof } from "../../proof/proofRecord";

/**
 * Reads what each stack has proven, from the engine or from files. One that does not answer stops none of the others.
 *
 * @param stacks `platform/prod`, or a customer-orgs stack
 * @param files stack → file with its outputs or exported state, instead of the engine
 */
export async function readProofs(
    root: string,
    stacks: readonly string[],
    files: ReadonlyMap<string, string>,
): Promise<{
    readonly proofs: ReadonlyMap<string, ProofRecord | undefined>;
    readonly problems: readonly string[];
}> {
    const proofs = new Map<string, ProofRecord | undefined>();
    const problems: string[] = [];
    for (const stack of stacks) {
        const file = files.get(stack);
        // The folder of a stack's project is what stands before its name.
        const project = path.join(root, path.dirname(stack));
        try {
            const outputs =
                file === undefined
                    ? await readEngineOutputs(project, path.basename(stack))
                    : readOutputsFile(file);
            const proof = parseProof(outputs["proof"]);
            proofs.set(stack, proof);
            if (proof === undefined) {
                problems.push(
                    `${stack}: its output "proof" is missing or cannot be read; expected a stack that this program deployed`,
                );
            }
        } catch (error) {
            if (!(error instanceof MendableError)) {
                throw error;
            }
            proofs.set(stack, undefined);
            problems.push(`${stack}: ${error.message}`);
        }
    }
    return { proofs, problems };
}
