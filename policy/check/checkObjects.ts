import { type CheckedObject, describeObject } from "../kubernetes/checkedObject";
import { type AnyRule, type Finding, type RuleContext, failureFinding, isObjectRule } from "../rule";
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

/**
 * Runs rules over an input: the rules that judge one object over each, the others over all of them together. A rule that
 * fails over an object could not judge that object, and nothing else.
 */
export function checkObjects(
    input: CheckInput,
    settings: readonly RuleSettings[],
    context: RuleContext,
): Result[] {
    return settings.flatMap(({ rule, level, config }) =>
        level === "disabled"
            ? []
            : tellOnce(findingsOf(rule, input, config, context)).map(({ finding, object, entry }) => ({
                  rule,
                  level: ({ violation: level, advice: "advisory", unknown: "unknown" } as const)[
                      finding.kind
                  ],
                  finding,
                  object,
                  origin: entry.origin,
                  source: entry.locate?.(finding.path),
              })),
    );
}

/** Findings that say the same of every object as one, where the first of them is, with their number. */
function tellOnce(found: readonly Found[]): Found[] {
    const groups = Map.groupBy(found, ({ finding }, index) => finding.toldOnce ?? index);
    return [...groups].flatMap(([told, [first, ...others]]) => {
        if (first === undefined || others.length === 0) {
            return first ?? [];
        }
        const summary = `${told} (${others.length + 1} objects, the first is here)`;
        return { ...first, finding: { ...first.finding, summary } };
    });
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
