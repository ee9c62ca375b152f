import * as fs from "node:fs";
import { MendableError, messageOf } from "../../lib/text/mendableError";
import { quoteValue } from "../../lib/text/quoteValue";
import { allRules } from "../allRules";
import type { AnyRule, EnforcementLevel } from "../rule";
import { RuleConfigError, parseRuleConfig } from "../ruleConfig";

/** What one rule is run with. */
export interface RuleSettings {
    readonly rule: AnyRule;
    readonly level: EnforcementLevel;
    readonly config: unknown;
}

const LEVELS: ReadonlySet<unknown> = new Set<EnforcementLevel>(["advisory", "mandatory", "disabled"]);

/**
 * Reads a policy pack's config, the same file as for `pulumi preview --policy-pack-config`: for each policy its level, or an
 * object with `enforcementLevel` and the policy's own keys; `all` sets the level of those that say none.
 *
 * @param file Absent for the defaults of every rule.
 * @param runtimeImages Pins for `require-platform-image` where the file has none.
 * @throws MendableError
 */
export function readPackConfig(file: string | undefined, runtimeImages?: unknown): RuleSettings[] {
    const raw = readPackSettings(file);
    const known = new Set(["all", ...allRules.map(({ name }) => name)]);
    const problems = Object.keys(raw)
        .filter((key) => !known.has(key))
        .map((key) => `"${key}" is not a policy of this pack (it has ${[...known].join(", ")})`);
    const all = levelOf(raw["all"], "all", problems);
    const settings: RuleSettings[] = [];
    for (const rule of allRules) {
        const entry = raw[rule.name];
        const level = levelOf(entry, rule.name, problems) ?? all ?? rule.level;
        const keys = isRecord(entry) ? { ...entry } : {};
        delete keys["enforcementLevel"];
        if (rule.name === "require-platform-image" && runtimeImages !== undefined) {
            keys["runtimeImages"] ??= runtimeImages;
        }
        try {
            settings.push({ rule, level, config: parseRuleConfig<unknown>(rule.name, rule.config, keys) });
        } catch (error) {
            if (!(error instanceof RuleConfigError)) {
                throw error;
            }
            problems.push(...error.problems.map((problem) => `"${rule.name}": ${problem}`));
        }
    }
    if (problems.length > 0) {
        const list = problems.map((problem) => `  - ${problem}`).join("\n");
        throw new MendableError(`The policy config "${file ?? "(defaults)"}" cannot be used:\n${list}`);
    }
    return settings;
}

/**
 * The platform's pins from a file, as `pulumi stack output runtimeImages --json` wrote it; the rule's config parses them.
 *
 * @throws MendableError when the file cannot be read.
 */
export function readPins(file: string): unknown {
    return readJsonFile("The pins in", file);
}

function readJsonFile(what: string, file: string): unknown {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
        throw new MendableError(`${what} "${file}" cannot be read: ${messageOf(error)}`);
    }
}

/**
 * A policy pack's config as it stands in its file: the settings by the policies' names, not looked at any further.
 *
 * @param file Absent for none.
 * @throws MendableError
 */
export function readPackSettings(file: string | undefined): Record<string, unknown> {
    if (file === undefined) {
        return {};
    }
    const value = readJsonFile("The policy config", file);
    if (!isRecord(value)) {
        throw new MendableError(
            `The policy config "${file}" is ${quoteValue(value)}, expected an object of policies`,
        );
    }
    return value;
}

function levelOf(entry: unknown, name: string, problems: string[]): EnforcementLevel | undefined {
    const level = isRecord(entry) ? entry["enforcementLevel"] : entry;
    if (level === undefined || LEVELS.has(level)) {
        return level as EnforcementLevel | undefined;
    }
    problems.push(
        `"${name}": the level is ${quoteValue(level)}, expected "mandatory", "advisory" or "disabled"`,
    );
    return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
