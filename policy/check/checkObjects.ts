import { type CheckedObject, describeObject } from "../kubernetes/checkedObject";
import { failureFinding } from "../failureFinding";
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

/** Findings that say the same of every object, by what they say: each is told once. */
type Repeated = Map<string, { readonly result: Result; count: number }>;

/**
 * Runs rules over an input: the rules that judge one object over each, the others over all of them together. A rule that
 * fails over an object could not judge that object, and nothing else.
 */
export function checkObjects(
    input: CheckInput,
    settings: readonly RuleSettings[],
    context: RuleContext,
): Result[] {
    const results: Result[] = [];
    for (const { rule, level, config } of settings) {
        if (level === "disabled") {
            continue;
        }
        const repeated: Repeated = new Map();
        for (const { finding, object, entry } of findingsOf(rule, input, config, context)) {
            const source = entry.locate?.(finding.path);
            const told = finding.toldOnce === undefined ? undefined : repeated.get(finding.toldOnce);
            if (told !== undefined) {
                told.count++;
                continue;
            }
            const result: Result = {
                rule,
                level:
                    finding.kind === "violation" ? level : finding.kind === "advice" ? "advisory" : "unknown",
                finding,
                object,
                origin: entry.origin,
                ...(source === undefined ? {} : { source }),
            };
            results.push(result);
            if (finding.toldOnce !== undefined) {
                repeated.set(finding.toldOnce, { result, count: 1 });
            }
        }
        for (const [summary, { result, count }] of repeated) {
            if (count > 1) {
                const finding = {
                    ...result.finding,
                    summary: `${summary} (${count} objects, the first is here)`,
                };
                results[results.indexOf(result)] = { ...result, finding };
            }
        }
    }
    return results;
}

interface Found {
    readonly finding: Finding;
    readonly object: string;
    readonly entry: Pick<InputObject, "origin" | "locate">;
}

function findingsOf(rule: AnyRule, input: CheckInput, config: unknown, context: RuleContext): Found[] {
    if (!isObjectRule(rule)) {
        const entries = new Map<CheckedObject, InputObject>(
            input.objects.map((entry) => [entry.object, entry]),
        );
        const [first] = input.objects;
        return orFailure(
            () =>
                rule.checkStack([...entries.keys()], config, context).flatMap((finding): Found[] => {
                    const entry = entries.get(finding.object);
                    return entry === undefined
                        ? []
                        : [{ finding, object: describeObject(finding.object), entry }];
                }),
            { object: "all objects", entry: { origin: first?.origin ?? "" } },
        );
    }
    const ofObjects = input.objects.flatMap((entry) => {
        const object = describeObject(entry.object);
        return orFailure(
            () =>
                rule
                    .checkObject(entry.object, config, context)
                    .map((finding) => ({ finding, object, entry })),
            { object, entry },
        );
    });
    const ofResources = input.resources.flatMap(({ type, props, name, origin }) => {
        const about = { object: `${type} ${name}`, entry: { origin } };
        return orFailure(
            () => (rule.checkResource?.(type, props, name) ?? []).map((finding) => ({ finding, ...about })),
            about,
        );
    });
    return [...ofObjects, ...ofResources];
}

/** What a rule found, or that it could not judge. */
function orFailure(find: () => Found[], about: Omit<Found, "finding">): Found[] {
    try {
        return find();
    } catch (error) {
        return [{ finding: failureFinding(about.object, error), ...about }];
    }
}
