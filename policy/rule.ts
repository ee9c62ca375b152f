import type { z } from "zod";
import { messageOf } from "../lib/text/mendableError";
import { type CheckedObject, describeObject } from "./kubernetes/checkedObject";

/** How a violation is treated: `mandatory` stops the deployment, `advisory` is printed. As Pulumi names them. */
export type EnforcementLevel = "advisory" | "mandatory" | "disabled";

/** One thing that a rule has to say about an object. */
export interface Finding {
    /**
     * `violation`: the rule is broken, and the rule's level decides what follows. `advice`: worth a line, stops nothing.
     * `unknown`: a value that is not known yet kept the rule from judging; it judges at the update.
     */
    readonly kind: "violation" | "advice" | "unknown";
    /** What is wrong with which object, in one sentence with the value in quotes. */
    readonly summary: string;
    /** Where in the object: `spec.template.spec.containers[0].image`. Absent when the object as a whole is meant. */
    readonly path?: string;
    /** The parsed parts of the image. */
    readonly parts?: string;
    /** Why that is a problem. */
    readonly why?: string;
    /** Says the same of every object that it is about, as one sentence: a check of many objects tells it once. */
    readonly toldOnce?: string;
    /** The image that would be immutable with the digest of its tag beside it. */
    readonly image?: string;
    /** What to do: a line to paste where there is one, with more lines about it where needed. */
    readonly fix?: string;
}

/** A finding about one of many objects. */
export interface StackFinding extends Finding {
    readonly object: CheckedObject;
}

/** What there is to say of an object over which a rule failed: it was not judged, and so is not known to be right. */
export function failureFinding(object: string, error: unknown): Finding {
    return { kind: "unknown", summary: `${object} cannot be checked: ${messageOf(error)}` };
}

/** What there is to say of a part of an object that a preview does not know. */
export function unknownFinding(object: CheckedObject, what: string, path?: string): StackFinding {
    const summary = `${describeObject(object)}: ${what} is unknown and can't be known during preview`;
    return { kind: "unknown", object, summary, path, why: "it is checked at the update" };
}

/** What a rule may know besides the object and its config. */
export interface RuleContext {
    /** The moment at which expiry dates are judged. */
    readonly now: Date;
    /** Whether an engine is about to deploy the objects: what only time has made wrong is said there, and stops nobody. */
    readonly deploying?: boolean;
}

interface RuleBase<Config> {
    /** The id: kebab form of the file's name. */
    readonly name: string;
    /** One sentence: what the rule demands. */
    readonly description: string;
    /** The level where the config says nothing. */
    readonly level: EnforcementLevel;
    readonly severity: "low" | "medium" | "high" | "critical";
    /** What to do about a violation, in one or two sentences. */
    readonly remedy: string;
    /** The shape of the rule's config; every key has a default, so that `{}` is a config. */
    readonly config: z.ZodType<Config>;
}

/** A rule that judges one object by itself. */
export interface ObjectRule<Config> extends RuleBase<Config> {
    /** Everything the rule has to say about an object; never throws for a foreign shape. */
    readonly checkObject: (object: CheckedObject, config: Config, context: RuleContext) => Finding[];
    /** For resources that are no Kubernetes objects themselves: a Helm release. */
    readonly checkResource?: (type: string, props: object, name: string) => Finding[];
}

/** A rule that needs all objects of a stack, since what it looks for is something that is missing. */
export interface StackRule<Config> extends RuleBase<Config> {
    readonly checkStack: (
        objects: readonly CheckedObject[],
        config: Config,
        context: RuleContext,
    ) => StackFinding[];
}

/** Any rule, when its config does not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a list of rules with configs of different shapes
export type AnyRule = ObjectRule<any> | StackRule<any>;

/** Whether a rule judges objects one by one. */
export function isObjectRule(rule: AnyRule): rule is Extract<AnyRule, { checkObject: unknown }> {
    return "checkObject" in rule;
}
