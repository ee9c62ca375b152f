import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { loadNamedStack, nameOfStack } from "../config/loadStacks";
import type { CommandIo } from "../lib/system/commandIo";
import { readCluster } from "../kube/readCluster";
import { EXIT_CODES } from "../lib/text/mendableError";
import { type StackCluster, connectStack } from "../engine/connectStack";
import { readEngineOutputs } from "../engine/engineOutputs";
import { previewStack } from "../engine/enginePreview";
import { formatPreview } from "./formatPreview";
import { type PreviewWarnings, judgePreview } from "./judgePreview";
import { printable } from "../lib/text/printable";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { type SourceOptions } from "./stale/gatherFleet";

/** The policy pack and its configs, beside this CLI. */
const PACK = path.join(PACKAGE_ROOT, "policy");

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
    const live = options.cluster ? await readLive({ ...options, stack, config, say: io.err }) : undefined;
    const policyConfig = options.policy
        ? await writePolicyConfig(options.project, stack, config.referenceStack)
        : undefined;
    const preview = await previewStack({
        project: options.project,
        stack,
        policyPack: options.policy ? PACK : undefined,
        policyConfig,
    }).finally(() => {
        if (policyConfig !== undefined) {
            fs.rmSync(path.dirname(policyConfig), { recursive: true, force: true });
        }
    });
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

/**
 * The pack's config for the stack, with the pins that the reference exports now, so that the pack can compare with them.
 *
 * @returns a file in a directory of its own
 */
async function writePolicyConfig(project: string, stack: string, reference: string): Promise<string> {
    const committed = path.join(PACK, "config", `${stack}.json`);
    const settings = (
        fs.existsSync(committed) ? JSON.parse(fs.readFileSync(committed, "utf8")) : {}
    ) as Record<string, unknown>;
    const { runtimeImages } = await readEngineOutputs(project, reference);
    if (runtimeImages !== undefined) {
        const rule = settings["require-platform-image"];
        settings["require-platform-image"] = { ...(typeof rule === "object" ? rule : {}), runtimeImages };
    }
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "fleet-preview-")), "policy.json");
    fs.writeFileSync(file, JSON.stringify(settings));
    return file;
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
