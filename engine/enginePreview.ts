import * as path from "node:path";
import { LocalWorkspace, type EngineEvent, type Stack } from "@pulumi/pulumi/automation";
import { engineEnvironment } from "./engineEnvironment";
import { MendableError } from "../lib/text/mendableError";
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
}

/** What to preview. */
export interface PreviewOptions {
    readonly project: string;
    readonly stack: string;
    /** Directory of the policy pack; left out, no pack is run. */
    readonly policyPack?: string;
    /** The pack's config. */
    readonly policyConfig?: string;
    /** Only what belongs to these resources. */
    readonly targets?: readonly string[];
}

/**
 * Selects a stack of the project on the backend that the engine is logged in to.
 *
 * @throws MendableError when there is no engine or no such stack
 */
export async function selectStack(project: string, stack: string): Promise<Stack> {
    try {
        return await LocalWorkspace.selectStack(
            { stackName: stack, workDir: path.resolve(project) },
            { envVars: { ...engineEnvironment() } },
        );
    } catch (error) {
        throw new MendableError(`the stack "${stack}" cannot be selected: ${firstLines(error)}`);
    }
}

/**
 * Runs the engine's preview. A preview that fails is an answer too: its errors are what an update would meet.
 *
 * @throws MendableError when the engine itself cannot be run
 */
export async function previewStack(options: PreviewOptions): Promise<EnginePreview> {
    const stack = await selectStack(options.project, options.stack);
    const changes: ResourceChange[] = [];
    const findings: PolicyFinding[] = [];
    const errors: string[] = [];
    const onEvent = ({ resourcePreEvent, policyEvent, diagnosticEvent }: EngineEvent) => {
        const change = resourcePreEvent === undefined ? undefined : readChange(resourcePreEvent.metadata);
        if (change !== undefined) {
            changes.push(change);
        }
        if (policyEvent !== undefined) {
            findings.push({
                policy: policyEvent.policyName,
                mandatory: policyEvent.enforcementLevel === "mandatory",
                resource: policyEvent.resourceUrn?.split("::").at(-1) ?? "",
                message: plain(policyEvent.message),
            });
        }
        if (diagnosticEvent?.severity === "error") {
            errors.push(plain(diagnosticEvent.message));
        }
    };
    try {
        await stack.preview({
            onEvent,
            ...(options.policyPack === undefined ? {} : { policyPacks: [options.policyPack] }),
            ...(options.policyConfig === undefined ? {} : { policyPackConfigs: [options.policyConfig] }),
            ...(options.targets === undefined ? {} : { target: [...options.targets] }),
        });
    } catch (error) {
        if (errors.length === 0 && !findings.some(({ mandatory }) => mandatory)) {
            errors.push(firstLines(error));
        }
    }
    return { changes, findings, errors };
}

/** Without the engine's colour directives (`<{%reset%}>`) and terminal colours. */
function plain(text: string): string {
    return (
        text
            .replace(/<\{%[a-z ]*%\}>/g, "")
            // eslint-disable-next-line no-control-regex
            .replace(/\u001b\[[0-9;]*m/g, "")
            .trim()
    );
}

function firstLines(error: unknown): string {
    const text = plain(error instanceof Error ? error.message : String(error));
    const told = text.split("\n").filter((line) => /error:/i.test(line));
    return (told.length > 0 ? told : text.split("\n")).slice(0, 5).join("\n");
}
