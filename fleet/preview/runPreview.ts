import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigError } from "../../config/configError";
import { loadStack } from "../../config/loadStack";
import { readStackFile } from "../../config/readStackFile";
import { ApiError } from "../cluster/apiError";
import { connectKube } from "../cluster/kubeClient";
import { readCluster } from "../cluster/readCluster";
import type { PreviewCommandOptions } from "../commands/preview";
import { EXIT_CODES, FleetError } from "../exitCodes";
import { previewStack } from "./enginePreview";
import { formatPreview } from "./formatPreview";
import { type PreviewWarnings, judgePreview } from "./judgePreview";

/** The policy pack and its configs, beside this CLI. */
const PACK = path.resolve(__dirname, "..", "..", "policy");

/**
 * Runs `fleet preview`.
 *
 * @returns the exit code
 * @throws FleetError when the engine or the cluster cannot be asked
 */
export async function runPreview(options: PreviewCommandOptions): Promise<number> {
    const [stack, second] = options.stack ?? [];
    if (stack === undefined || second !== undefined) {
        throw new FleetError('name the stack: expected one "--stack prod"');
    }
    const config = path.join(PACK, "config", `${stack}.json`);
    const [preview, live] = await Promise.all([
        previewStack({
            project: options.project,
            stack,
            policyPack: options.policy ? PACK : undefined,
            policyConfig: options.policy && fs.existsSync(config) ? config : undefined,
        }),
        options.cluster ? readLive(options, stack) : undefined,
    ]);
    const warnings: PreviewWarnings =
        live === undefined
            ? { blocking: [], notes: ["the cluster was left out: what exists already is not known"] }
            : judgePreview(preview.changes, live);
    console.log(
        options.json === true
            ? JSON.stringify({ schemaVersion: 1, stack, ...preview, ...warnings }, undefined, 2)
            : formatPreview(preview, warnings),
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

async function readLive(options: PreviewCommandOptions, stack: string) {
    try {
        const { config } = loadStack(
            readStackFile(options.project, ".", stack),
            stack,
            path.resolve(options.project),
        );
        const client = connectKube({
            context: options.context ?? config.kubeContext,
            kubeconfig: options.kubeconfig ?? config.kubeconfig,
        });
        try {
            return await readCluster(client, { pods: false });
        } finally {
            client.close();
        }
    } catch (error) {
        if (error instanceof ApiError || error instanceof ConfigError) {
            throw new FleetError(error.message);
        }
        throw error;
    }
}
