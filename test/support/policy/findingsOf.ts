import assert from "node:assert/strict";
import { type CheckedObject, objectsOfManifest } from "../../../policy/kubernetes/checkedObject";
import { type AnyRule, type Finding, type RuleContext, isObjectRule } from "../../../policy/rule";
import { parseRuleConfig } from "../../../policy/ruleConfig";

/** A moment on which every test can rely. */
const NOW = new Date("2026-06-21T12:00:00Z");

/** What a rule says about manifests, with a config as it would stand in a file. */
export function findingsOf(
    rule: AnyRule,
    manifests: readonly object[],
    config: Readonly<Record<string, unknown>> = {},
    context: Partial<RuleContext> = {},
): Finding[] {
    const parsed: unknown = parseRuleConfig<unknown>(rule.name, rule.config, config);
    const objects = manifests.flatMap((manifest): CheckedObject[] => {
        const found = objectsOfManifest(manifest, "m");
        assert.ok(found !== undefined, "the manifest has no apiVersion and kind");
        return found;
    });
    return isObjectRule(rule)
        ? objects.flatMap((object) => rule.checkObject(object, parsed, { now: NOW, ...context }))
        : rule.checkStack(objects, parsed, { now: NOW, ...context });
}

/** The kinds of findings, for the tests that are about nothing else. */
export function kindsOf(
    rule: AnyRule,
    manifests: readonly object[],
    config?: Readonly<Record<string, unknown>>,
): string[] {
    return findingsOf(rule, manifests, config).map(({ kind }) => kind);
}
