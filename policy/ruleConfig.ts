import { z } from "zod";
import { formatPath } from "../lib/text/describeIssues";
import { MendableError } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";

/** A rule's config is not usable. `message` names the rule and every key that is wrong, with its value. */
export class RuleConfigError extends MendableError {
    constructor(
        public readonly ruleName: string,
        problems: readonly string[],
    ) {
        super(
            `The config of the policy "${ruleName}" cannot be used:\n` +
                problems.map((problem) => `  - ${problem}`).join("\n") +
                `\nFix it in the policy pack's config (key "${ruleName}"), or leave the key out for the defaults.`,
            { problems },
        );
    }
}

/**
 * Reads a rule's config, which is foreign data: it comes from a JSON file or from Pulumi's service.
 *
 * @throws RuleConfigError with all problems together.
 */
export function parseRuleConfig<Config>(
    ruleName: string,
    schema: z.ZodType<Config>,
    raw: Readonly<Record<string, unknown>>,
): Config {
    const parsed = schema.safeParse(raw);
    if (parsed.success) {
        return parsed.data;
    }
    throw new RuleConfigError(
        ruleName,
        parsed.error.issues.flatMap((issue) => {
            return issue.code === "unrecognized_keys"
                ? issue.keys.map((key) => `${formatPath([...issue.path, key])}: is not a key of this policy`)
                : [`${formatPath(issue.path)}: ${issue.message}`];
        }),
    );
}

/** The message of a value of the wrong type, with the value: `is 7, expected a date "YYYY-MM-DD"`. */
export function expected(what: string): { error: (issue: { input?: unknown }) => string } {
    return { error: (issue) => `is ${quoteValue(issue.input)}, expected ${what}` };
}

/** Non-empty text. */
export function textSchema(what: string): z.ZodString {
    return z.string(expected(what)).min(1, expected(what));
}
