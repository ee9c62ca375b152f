import * as path from "node:path";
import { readEngineOutputs } from "../engine/engineOutputs";
import { readOutputsFile } from "../engine/outputsFile";
import { MendableError } from "../lib/text/mendableError";
import { type ProofRecord, parseProof } from "../proof/proofRecord";

/** Whose proofs a command reads. */
export interface ProofOptions {
    /** Ask the engine what every stack has proven. */
    readonly proof?: boolean;
    /** `<stack>=<file>`: the outputs of a stack, instead of the engine's. */
    readonly outputs?: readonly string[];
}

/**
 * Reads what stacks have proven, from the engine or from files. One that does not answer stops none of the others.
 *
 * @param known the stacks that may be asked: `platform/prod`, or a customer-orgs stack
 * @throws MendableError when the outputs of another one are given
 */
export async function readProofs(
    root: string,
    known: readonly string[],
    { proof, outputs = [] }: ProofOptions,
): Promise<{
    readonly proofs: ReadonlyMap<string, ProofRecord | undefined>;
    readonly problems: readonly string[];
}> {
    const files = new Map(
        outputs.map((text): [string, string] => {
            const [stack = "", file] = text.split(/=(.*)/s);
            if (file === undefined || file === "" || !known.includes(stack)) {
                throw new MendableError(
                    `--outputs "${text}": expected "<stack>=<file>", the stack being one of ${known.join(", ")}`,
                );
            }
            return [stack, file];
        }),
    );
    const proofs = new Map<string, ProofRecord | undefined>();
    const problems: string[] = [];
    for (const stack of proof === true ? known : files.keys()) {
        const file = files.get(stack);
        // The folder of a stack's project is what stands before its name.
        const project = path.join(root, path.dirname(stack));
        try {
            const given =
                file === undefined
                    ? await readEngineOutputs(project, path.basename(stack))
                    : readOutputsFile(file);
            const record = parseProof(given["proof"]);
            proofs.set(stack, record);
            if (record === undefined) {
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
