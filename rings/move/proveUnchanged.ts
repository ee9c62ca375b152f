import { previewStack } from "../../engine/enginePreview";
import type { CommandIo } from "../../lib/system/commandIo";
import type { Steps } from "../../lib/system/interruption";
import { EXIT_CODES } from "../../lib/text/mendableError";
import { printable } from "../../lib/text/printable";

/**
 * Previews stacks after a move, and prints a line for each.
 *
 * @param slugs the orgs that were moved
 * @returns 0 where an update of every stack would change nothing in the cluster, else 1
 */
export async function proveUnchanged(
    project: string,
    stacks: readonly string[],
    slugs: readonly string[],
    io: CommandIo,
    { look }: Steps,
): Promise<number> {
    let exitCode: number = EXIT_CODES.done;
    for (const stack of new Set(stacks)) {
        const { changes, errors } = await look(
            previewStack({ project, stack }),
            "the move is done, and its previews are not; run this again for them",
        );
        if (changes.length === 0 && errors.length === 0) {
            io.out(`${stack}: an update would change nothing`);
            continue;
        }
        exitCode = EXIT_CODES.notAsItShouldBe;
        const moved = changes.filter(({ org }) => org !== undefined && slugs.includes(org));
        io.out(
            printable(
                [
                    `${stack}: an update would change ${changes.length} objects, ${moved.length} of them of the moved orgs`,
                    ...changes
                        .slice(0, 10)
                        .map(
                            ({ operation, kind, namespace, name }) =>
                                `  ${operation} ${kind} ${namespace ?? ""}/${name ?? ""}`,
                        ),
                    ...errors.map((error) => `  ${error}`),
                ].join("\n"),
            ),
        );
    }
    return exitCode;
}
