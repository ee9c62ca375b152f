import { type CheckedObject, describeObject } from "../kubernetes/checkedObject";
import { type AnyRule, type Finding, type RuleContext, isObjectRule } from "../rule";
import type { CheckInput, InputObject, SourceLine } from "./checkInput";
import type { RuleSettings } from "./readPackConfig";

/** One line of a report. */
export interface Result {
    readonly rule: AnyRule;
    /** What follows from it: `mandatory` fails the run; `unknown` means that the rule could not judge. */
    readonly level: "mandatory" | "advisory" | "unknown";
    readonly finding: Finding;
    /** `Deployment org-acme/agent-main`. */
    readonly object: string;
    /** Where the object comes from, for a person. */
    readonly origin: string;
    /** The line in a file, where there is one. */
    readonly source?: SourceLine;
}

/** Runs rules over an input: the rules that judge one object over each, the others over all of them together. */
export function checkObjects(
    input: CheckInput,
    settings: readonly RuleSettings[],
    context: RuleContext,
): Result[] {
    const results: Result[] = [];
    const origins = new Map<CheckedObject, InputObject>(input.objects.map((entry) => [entry.object, entry]));
    for (const { rule, level, config } of settings) {
        if (level === "disabled") {
            continue;
        }
        const add = (finding: Finding, object: string, entry: Pick<InputObject, "origin" | "locate">) => {
            const source = entry.locate?.(finding.path);
            results.push({
                rule,
                level:
                    finding.kind === "violation" ? level : finding.kind === "advice" ? "advisory" : "unknown",
                finding,
                object,
                origin: entry.origin,
                ...(source === undefined ? {} : { source }),
            });
        };
        if (!isObjectRule(rule)) {
            for (const finding of rule.checkStack([...origins.keys()], config, context)) {
                const entry = origins.get(finding.object);
                if (entry !== undefined) {
                    add(finding, describeObject(finding.object), entry);
                }
            }
            continue;
        }
        for (const entry of input.objects) {
            for (const finding of rule.checkObject(entry.object, config, context)) {
                add(finding, describeObject(entry.object), entry);
            }
        }
        for (const { type, props, name, origin } of input.resources) {
            for (const finding of rule.checkResource?.(type, props, name) ?? []) {
                add(finding, `${type} ${name}`, { origin });
            }
        }
    }
    return results;
}
