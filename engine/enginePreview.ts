import type { EngineEvent } from "@pulumi/pulumi/automation";
import { describeEngineFailure, withoutColours } from "./engineFailure";
import { openStack } from "./openStack";
import { type ResourceChange, readChange } from "./resourceChange";

/** One thing that the policy pack says. */
export interface PolicyFinding {
    readonly policy: string;
    readonly mandatory: boolean;
    readonly resource: string;
    readonly message: string;
}

/** What the engine says that an update would do. */
export interface EnginePreview {
    readonly changes: readonly ResourceChange[];
    readonly findings: readonly PolicyFinding[];
    /** Why an update would be refused before it begins; empty where it would not. */
    readonly errors: readonly string[];
    /** Whether no resource at all, of the cluster or not, would be created, deleted, replaced or imported. */
    readonly onlyUpdates: boolean;
}

/** The engine's operations that neither make a resource nor end one: to do them again is no harm. */
const REPEATABLE: ReadonlySet<string> = new Set(["same", "update", "read", "refresh"]);

/** What to preview. */
export interface EnginePreviewOptions {
    readonly project: string;
    readonly stack: string;
    /** Environment of the engine, besides the process's own. */
    readonly env?: Readonly<Record<string, string>>;
    /** Directory of the policy pack; left out, no pack is run. */
    readonly policyPack?: string;
    /** The pack's config. */
    readonly policyConfig?: string;
    /** Only what belongs to these resources. */
    readonly targets?: readonly string[];
}

/**
 * Runs the engine's preview. A preview that fails is an answer too: its errors are what an update would meet.
 *
 * @throws MendableError when the engine itself cannot be run
 */
export async function previewStack(options: EnginePreviewOptions): Promise<EnginePreview> {
    const stack = await openStack(options.project, options.stack, options.env);
    const changes: ResourceChange[] = [];
    const findings: PolicyFinding[] = [];
    const errors: string[] = [];
    let onlyUpdates = true;
    const onEvent = ({ resourcePreEvent, policyEvent, diagnosticEvent }: EngineEvent) => {
        const change = resourcePreEvent === undefined ? undefined : readChange(resourcePreEvent.metadata);
        onlyUpdates &&= resourcePreEvent === undefined || REPEATABLE.has(resourcePreEvent.metadata.op);
        if (change !== undefined) {
            changes.push(change);
        }
        if (policyEvent !== undefined) {
            findings.push({
                policy: policyEvent.policyName,
                mandatory: policyEvent.enforcementLevel === "mandatory",
                resource: policyEvent.resourceUrn?.split("::").at(-1) ?? "",
                message: withoutColours(policyEvent.message),
            });
        }
        if (diagnosticEvent?.severity === "error") {
            errors.push(withoutColours(diagnosticEvent.message));
        }
    };
    try {
        await stack.preview({
            onEvent,
            policyPacks: options.policyPack === undefined ? undefined : [options.policyPack],
            policyPackConfigs: options.policyConfig === undefined ? undefined : [options.policyConfig],
            target: options.targets === undefined ? undefined : [...options.targets],
        });
    } catch (error) {
        if (errors.length === 0 && !findings.some(({ mandatory }) => mandatory)) {
            errors.push(describeEngineFailure(error, options.project, options.stack));
        }
    }
    return { changes, findings, errors, onlyUpdates };
}
