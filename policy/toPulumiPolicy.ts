import type {
    EnforcementLevel as PulumiLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";
import { z } from "zod";
import { formatFinding } from "./formatFinding";
import { type CheckedObject, describeObject } from "./kubernetes/checkedObject";
import { objectsOfResource } from "./kubernetes/pulumiResource";
import {
    type AnyRule,
    type Finding,
    type ObjectRule,
    type StackRule,
    failureFinding,
    isObjectRule,
} from "./rule";
import { parseRuleConfig } from "./ruleConfig";

/** A rule as a policy of a CrossGuard pack, its level always written out. */
export function toPulumiPolicy(rule: AnyRule): ResourceValidationPolicy | StackValidationPolicy {
    const base = {
        name: rule.name,
        description: rule.description,
        enforcementLevel: rule.level satisfies PulumiLevel,
        severity: rule.severity,
        remediationSteps: rule.remedy,
        configSchema: toConfigSchema(rule.config),
    };
    return isObjectRule(rule)
        ? { ...base, ...resourceValidation(rule) }
        : { ...base, ...stackValidation(rule) };
}

function resourceValidation<Config>(
    rule: ObjectRule<Config>,
): Pick<ResourceValidationPolicy, "validateResource"> {
    const configOf = configReader(rule.name, rule.config);
    return {
        validateResource: (args, report) => {
            // Other providers' resources are the most of many stacks: they leave before anything is read.
            if (!args.type.startsWith("kubernetes:")) {
                return;
            }
            const config = configOf(args.getConfig());
            const context = { now: new Date(), deploying: true };
            for (const object of objectsOfResource(args.type, args.props, args.name)) {
                for (const finding of judged(object, () => rule.checkObject(object, config, context))) {
                    reportFinding(report, finding);
                }
            }
            for (const finding of rule.checkResource?.(args.type, args.props, args.name) ?? []) {
                reportFinding(report, finding);
            }
        },
    };
}

function stackValidation<Config>(rule: StackRule<Config>): Pick<StackValidationPolicy, "validateStack"> {
    const configOf = configReader(rule.name, rule.config);
    return {
        validateStack: (args, report) => {
            const config = configOf(args.getConfig());
            const urns = new Map(
                args.resources.flatMap(({ type, props, name, urn }) =>
                    objectsOfResource(type, props, name).map((object) => [object, urn] as const),
                ),
            );
            const context = { now: new Date(), deploying: true };
            for (const finding of rule.checkStack([...urns.keys()], config, context)) {
                reportFinding(report, finding, urns.get(finding.object));
            }
        },
    };
}

/**
 * What a rule found in an object. An error thrown here would end the check of the whole stack; an object that cannot be judged
 * stops the run at the rule's level instead, since no update will judge it better.
 */
function judged(object: CheckedObject, check: () => Finding[]): Finding[] {
    try {
        return check();
    } catch (error) {
        return [{ ...failureFinding(describeObject(object), error), kind: "violation" }];
    }
}

/**
 * Reports a finding at its level. The SDK's function takes an object with a level of its own besides text
 * (`makeReportViolationFun` in its server.js); its declaration does not say so, and a test through the service holds it to it.
 * An unknown value has to be an advisory: it must not stop a preview that the update will judge.
 */
function reportFinding(report: ReportViolation, finding: Finding, urn?: string): void {
    const message = formatFinding(finding);
    if (finding.kind === "violation") {
        report(message, urn);
        return;
    }
    const advisory = { message, urn, enforcementLevel: "advisory" };
    (report as unknown as (violation: typeof advisory) => void)(advisory);
}

/** Parses a policy's config once for each text of it: the SDK hands out a new object for every resource. */
function configReader<Config>(name: string, schema: z.ZodType<Config>): (raw: object) => Config {
    let lastText: string | undefined;
    let last: Config;
    return (raw) => {
        const text = JSON.stringify(raw);
        if (text !== lastText) {
            last = parseRuleConfig(name, schema, raw as Record<string, unknown>);
            lastText = text;
        }
        return last;
    };
}

/** The config's shape in the subset of JSON schema that the engine checks a `--policy-pack-config` file against. */
function toConfigSchema(schema: z.ZodType): PolicyConfigSchema {
    const { properties } = z.toJSONSchema(schema, { io: "input", target: "draft-7", unrepresentable: "any" });
    return { properties: (properties ?? {}) as PolicyConfigSchema["properties"] };
}
