import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { readStackFile } from "../../config/readStackFile";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { PROJECT_FILE } from "../../config/projectFile";
import { VETOES_FILE } from "../../config/vetoes";
import { describeEngineFailure } from "../../engine/engineFailure";
import { type EnginePreview, previewStack } from "../../engine/enginePreview";
import { POLICY_PACK, withPackConfig } from "../../engine/packConfig";
import { refuseWithoutPassphrase } from "../../engine/preflight";
import { type UpdateInterruption, runUpdate } from "../../engine/runUpdate";
import { listNames } from "../../lib/system/listNames";
import type { CommandIo } from "../../lib/system/commandIo";
import type { StackReading } from "./stackJudge";

/** What is to be updated, and how. */
export interface StackUpdate {
    readonly project: string;
    readonly stack: string;
    /** What was read of it just now: that it can be read, and its cluster is its own, is not asked once more. */
    readonly reading: StackReading;
    readonly io: CommandIo;
    /** The policy pack's config; `<stack>` in it is replaced. The committed one when left out. */
    readonly packConfig?: string;
    readonly interrupted: UpdateInterruption;
    readonly message: string;
    /** Whether nothing is done where the preview says that nothing would change; a proof that is due needs an update all the same. */
    readonly onlyChanges: boolean;
    /** Is told what is done next. */
    readonly step: (step: "previewing" | "updating") => void;
}

/** What came of it. */
export type StackOutcome =
    /** `checkpoints`: whether the engine wrote down each step. `outdated`: whether somebody has changed the stack's files meanwhile. */
    | { readonly kind: "updated"; readonly checkpoints: boolean; readonly outdated: boolean }
    | { readonly kind: "unchanged" }
    /** Nothing was changed. */
    | { readonly kind: "refused"; readonly why: readonly string[] }
    /** Something may have been changed. */
    | { readonly kind: "failed"; readonly why: readonly string[] };

/** How often the files may change between a preview and its update before that is given up. */
const MAX_PREVIEWS = 3;

/**
 * Previews a stack with the policy pack, in which its program asks for the budget and whatever else forbids it, and updates it. Where the
 * preview has updates alone the engine writes its state once at the end: an update that was killed is repeated by the next. Never where
 * anything would be created, deleted or replaced, of which a killed engine must not lose the record.
 *
 * @throws MendableError when the passphrase or the pack's config is missing, and the interruption's reason
 */
export async function updateStack(update: StackUpdate): Promise<StackOutcome> {
    const { project, stack, interrupted } = update;
    refuseWithoutPassphrase(project, stack, update.io.env);
    const { environment, runtimeImages } = update.reading;
    const file = update.packConfig?.replaceAll("<stack>", stack);
    return withPackConfig({ project, stack, environment, runtimeImages, file }, async (policyConfig) => {
        for (let attempt = 0; attempt < MAX_PREVIEWS; attempt++) {
            interrupted.signal.throwIfAborted();
            update.step("previewing");
            const before = fingerprint(project, stack);
            const preview = await previewStack({ project, stack, policyPack: POLICY_PACK, policyConfig });
            const why = findRefusals(preview);
            if (why.length > 0) {
                return { kind: "refused", why };
            }
            if (update.onlyChanges && preview.changes.length === 0) {
                return { kind: "unchanged" };
            }
            interrupted.signal.throwIfAborted();
            // What somebody wrote since was not previewed: an org that is born would have no record.
            if (fingerprint(project, stack) === before) {
                update.step("updating");
                const failed = await runUp(update, policyConfig, preview.onlyUpdates);
                return (
                    failed ?? {
                        kind: "updated",
                        checkpoints: !preview.onlyUpdates,
                        outdated: fingerprint(project, stack) !== before,
                    }
                );
            }
        }
        return {
            kind: "refused",
            why: ["its files change while it is previewed; run this again when they do not"],
        };
    });
}

/** @returns why it failed; nothing where it did not */
async function runUp(
    { project, stack, interrupted, message, io }: StackUpdate,
    policyPackConfig: string,
    onlyUpdates: boolean,
): Promise<StackOutcome | undefined> {
    try {
        await runUpdate({
            workDir: project,
            stack,
            message,
            policyPack: POLICY_PACK,
            policyPackConfig,
            previewed: true,
            interrupted,
            env: { PULUMI_SKIP_CHECKPOINTS: onlyUpdates ? "true" : "false" },
            onOutput: io.pass,
        });
        return undefined;
    } catch (error) {
        interrupted.stop.throwIfAborted();
        return { kind: "failed", why: [describeEngineFailure(error, project, stack)] };
    }
}

function findRefusals({ errors, findings }: EnginePreview): string[] {
    return [
        ...errors,
        ...findings.flatMap(({ mandatory, policy, resource, message }) =>
            mandatory ? [`${policy}: ${resource}: ${message}`] : [],
        ),
    ];
}

/** Of everything that people write and a stack's program reads. */
function fingerprint(project: string, stack: string): string {
    const orgs = readStackFile(project, ".", stack)[`${CUSTOMER_ORGS_PROJECT}:orgs`] ?? "";
    const files = [
        PROJECT_FILE,
        `Pulumi.${stack}.yaml`,
        VETOES_FILE,
        ...listNames(path.join(project, orgs), /./).map((name) => path.join(orgs, name)),
    ];
    const hash = createHash("sha256");
    for (const file of files) {
        const absolute = path.join(project, file);
        hash.update(`${file}\0`);
        if (fs.statSync(absolute, { throwIfNoEntry: false })?.isFile() === true) {
            hash.update(fs.readFileSync(absolute));
        }
        hash.update("\0");
    }
    return hash.digest("hex");
}
