import { loadNamedStack, nameOfStack } from "../config/loadStacks";
import type { CommandIo } from "../lib/system/commandIo";
import { readCluster } from "../kube/readCluster";
import { EXIT_CODES } from "../lib/text/mendableError";
import { type StackCluster, connectStack } from "../engine/connectStack";
import { readEngineOutputs } from "../engine/engineOutputs";
import { previewStack } from "../engine/enginePreview";
import { readReferenceOutput } from "../engine/referenceOutput";
import { POLICY_PACK, withPackConfig } from "../engine/packConfig";
import { formatPreview } from "./formatPreview";
import { type PreviewWarnings, judgePreview } from "./judgePreview";
import { printable } from "../lib/text/printable";
import { type SourceOptions } from "./stale/gatherFleet";

/**
 * Runs `fleet preview`.
 *
 * @returns the exit code
 * @throws MendableError when the engine or the cluster cannot be asked
 */
export async function runPreview(options: PreviewOptions, io: CommandIo): Promise<number> {
    const stack = nameOfStack(options.stack);
    const { config } = loadNamedStack(options.project, stack);
    // Before the engine looks: what a provider says of a cluster that is away, or another one, is no help.
    const live = options.cluster ? await readLive({ ...options, stack, config }) : undefined;
    const { project } = options;
    const { environment, referenceStack } = config;
    const preview = options.policy
        ? await readReferenceOutput(project, referenceStack, () => readEngineOutputs(project, stack)).then(
              (runtimeImages) =>
                  withPackConfig({ project, stack, environment, runtimeImages }, (policyConfig) =>
                      previewStack({ project, stack, policyPack: POLICY_PACK, policyConfig }),
                  ),
          )
        : await previewStack({ project, stack });
    const warnings: PreviewWarnings =
        live === undefined
            ? { blocking: [], notes: ["the cluster was left out: what exists already is not known"] }
            : judgePreview(preview.changes, live);
    io.out(
        options.json === true
            ? JSON.stringify({ schemaVersion: 1, stack, ...preview, ...warnings }, undefined, 2)
            : printable(formatPreview(preview, warnings)),
    );
    const refused =
        preview.errors.length > 0 ||
        warnings.blocking.length > 0 ||
        preview.findings.some(({ mandatory }) => mandatory);
    return refused
        ? EXIT_CODES.couldNotTell
        : preview.changes.length > 0
          ? EXIT_CODES.notAsItShouldBe
          : EXIT_CODES.done;
}

async function readLive(wanted: StackCluster) {
    const { client } = await connectStack(wanted);
    try {
        return await readCluster(client, { pods: false });
    } finally {
        client.close();
    }
}

/** The options of `fleet preview`. */
export interface PreviewOptions extends SourceOptions {
    readonly policy: boolean;
    readonly cluster: boolean;
    readonly json?: true;
}
