import { MendableError } from "../../lib/text/mendableError";
import type { FleetSources } from "./fleetSources";
import type { SourceOptions } from "./gatherFleet";

/** The options by which a command that only reads finds its sources, and files in their place. */
export interface SourceFiles extends SourceOptions {
    readonly engine: boolean;
    readonly cluster: boolean;
    /** Whether a registry may be asked for the platforms of an image. */
    readonly registry: boolean;
    readonly outputs?: readonly string[];
    readonly reference?: string;
}

/**
 * Where to look for stacks, by a command's options.
 *
 * @throws MendableError when it is not clear which stack a file is of
 */
export function sourcesOf(
    options: SourceFiles & { readonly pods: boolean },
    stacks: readonly string[],
): FleetSources {
    return {
        ...options,
        stacks,
        outputsFiles: outputsFiles(options.outputs ?? [], stacks),
        referenceFile: options.reference,
        excludeNamespaces: options.excludeNamespace ?? [],
    };
}

/** `prod=file` or, with one stack, `file` alone. */
function outputsFiles(values: readonly string[], stacks: readonly string[]): ReadonlyMap<string, string> {
    return new Map(
        values.map((value): [string, string] => {
            const named = stacks.find((stack) => value.startsWith(`${stack}=`));
            if (named !== undefined) {
                return [named, value.slice(named.length + 1)];
            }
            if (stacks.length > 1) {
                throw new MendableError(
                    `--outputs "${value}": expected "<stack>=<file>", as there are several`,
                );
            }
            return [stacks[0] ?? "", value];
        }),
    );
}
