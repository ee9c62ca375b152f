import { z } from "zod";
import { ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import {
    type CheckedObject,
    describeObject,
    labelOf,
    nameOf,
    namespaceOf,
} from "../kubernetes/checkedObject";
import { UNKNOWN, readField, readPath } from "../kubernetes/readField";
import type { RuleContext, StackFinding, StackRule } from "../rule";
import { textSchema } from "../ruleConfig";

const config = z.strictObject({
    /** What the name of a tenant's namespace starts with. */
    namespacePrefix: textSchema('the beginning of a namespace\'s name, such as "org-"').default(
        ORG_NAMESPACE_PREFIX,
    ),
});

type Config = z.infer<typeof config>;

/** Every tenant's namespace has what keeps it apart from the others. */
export const requireTenantGuards: StackRule<Config> = {
    name: "require-tenant-guards",
    description:
        "Every customer org's namespace has its quota, limits, network policies, Pod Security labels and a ServiceAccount without token.",
    level: "mandatory",
    severity: "high",
    remedy: "Create the namespace with the CustomerOrg component, which brings every guard, or add the one that is missing.",
    config,
    checkStack,
};

/** Whether an object is the guard that is looked for; `unknown` when that is decided only during the update. */
type Answer = "yes" | "no" | "unknown";

/** What has to be there besides the namespace, with what to look for and what to write. */
interface Guard {
    readonly what: string;
    readonly fix: string;
    readonly isMetBy: (object: CheckedObject) => Answer;
}

const GUARDS: readonly Guard[] = [
    {
        what: "a ResourceQuota",
        fix: "a ResourceQuota with spec.hard for cpu, memory and pods",
        isMetBy: (object) =>
            object.kind === "ResourceQuota" ? isFilled(readPath(object.fields, "spec", "hard")) : "no",
    },
    {
        what: "a LimitRange",
        fix: "a LimitRange with defaults for containers",
        isMetBy: (object) =>
            object.kind === "LimitRange" ? isFilled(readPath(object.fields, "spec", "limits")) : "no",
    },
    {
        what: "a NetworkPolicy that denies all ingress by default",
        fix: 'a NetworkPolicy with podSelector: {}, policyTypes: ["Ingress", "Egress"] and no rules',
        isMetBy: (object) => deniesByDefault(object, "Ingress", "ingress"),
    },
    {
        what: "a NetworkPolicy that denies all egress by default",
        fix: 'a NetworkPolicy with podSelector: {}, policyTypes: ["Ingress", "Egress"] and no rules',
        isMetBy: (object) => deniesByDefault(object, "Egress", "egress"),
    },
    {
        what: "a ServiceAccount without token automount",
        fix: "a ServiceAccount with automountServiceAccountToken: false",
        isMetBy: (object) =>
            object.kind === "ServiceAccount"
                ? answer(readField(object.fields, "automountServiceAccountToken"), (value) => value === false)
                : "no",
    },
];

const POD_SECURITY_MODES = ["enforce", "audit", "warn"] as const;

function checkStack(
    objects: readonly CheckedObject[],
    { namespacePrefix }: Config,
    _context: RuleContext,
): StackFinding[] {
    const namespaces = objects.filter(
        ({ kind, apiVersion, patch }) => kind === "Namespace" && apiVersion === "v1" && !patch,
    );
    if (namespaces.length === 0) {
        return [];
    }
    const byNamespace = new Map<string | typeof UNKNOWN | undefined, CheckedObject[]>();
    for (const object of objects) {
        const namespace = namespaceOf(object);
        byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), object]);
    }
    return namespaces.flatMap((namespace) => {
        const name = nameOf(namespace);
        if (typeof name !== "string" || !name.startsWith(namespacePrefix)) {
            return [];
        }
        return [
            ...checkLabels(namespace),
            ...checkGuards(namespace, name, byNamespace.get(name) ?? [], byNamespace.get(UNKNOWN) ?? []),
        ];
    });
}

function checkGuards(
    namespace: CheckedObject,
    name: string,
    inside: readonly CheckedObject[],
    somewhere: readonly CheckedObject[],
): StackFinding[] {
    const findings: StackFinding[] = [];
    for (const { what, fix, isMetBy } of GUARDS) {
        const answers = inside.map(isMetBy);
        if (answers.includes("yes")) {
            continue;
        }
        if (answers.includes("unknown") || somewhere.some((object) => isMetBy(object) !== "no")) {
            const summary = `${describeObject(namespace)}: whether it has ${what} is unknown and can't be known during preview`;
            findings.push({
                kind: "unknown",
                object: namespace,
                summary,
                why: "it is checked at the update",
            });
            continue;
        }
        findings.push({
            kind: "violation",
            object: namespace,
            summary: `${describeObject(namespace)} lacks a guard: ${what}`,
            why: `without it what runs in "${name}" can reach or starve the others`,
            fix: `create ${fix} in the namespace "${name}"`,
        });
    }
    return findings;
}

function checkLabels(namespace: CheckedObject): StackFinding[] {
    const findings: StackFinding[] = [];
    for (const mode of POD_SECURITY_MODES) {
        const key = `pod-security.kubernetes.io/${mode}`;
        const value = labelOf(namespace, key);
        if (value === "restricted") {
            continue;
        }
        const path = `${namespace.pathPrefix}metadata.labels["${key}"]`;
        const subject = describeObject(namespace);
        if (value === UNKNOWN) {
            const summary = `${subject}: the label "${key}" is unknown and can't be known during preview`;
            findings.push({
                kind: "unknown",
                object: namespace,
                summary,
                path,
                why: "it is checked at the update",
            });
            continue;
        }
        findings.push({
            kind: "violation",
            object: namespace,
            summary: `${subject} is not under the restricted Pod Security profile: ${mode} is ${value === undefined ? "not set" : `"${value}"`}`,
            path,
            why:
                mode === "enforce"
                    ? "pods may take over the node"
                    : "nobody hears of pods that the profile refuses",
            fix: `${key}: restricted`,
        });
    }
    return findings;
}

/** A policy for every pod of the namespace that names the direction and lets nothing through. */
function deniesByDefault(object: CheckedObject, type: string, rules: "ingress" | "egress"): Answer {
    if (object.kind !== "NetworkPolicy") {
        return "no";
    }
    const spec = readField(object.fields, "spec");
    const types = readField(spec, "policyTypes");
    const selector = readField(spec, "podSelector");
    const answers = [
        listHas(types, type),
        answer(selector, (value) => typeof value === "object" && value !== null),
        isEmpty(readField(selector, "matchLabels")),
        isEmpty(readField(selector, "matchExpressions")),
        isEmpty(readField(spec, rules)),
    ];
    return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

/** Not with the list's own methods: behind Pulumi's proxy these stop at the first value that is not known. */
function listHas(list: unknown, wanted: string): Answer {
    if (list === UNKNOWN || !Array.isArray(list)) {
        return list === UNKNOWN ? "unknown" : "no";
    }
    const items = Array.from({ length: list.length }, (_, index) => readField(list, index));
    return items.includes(wanted) ? "yes" : items.includes(UNKNOWN) ? "unknown" : "no";
}

function isEmpty(value: unknown): Answer {
    return answer(
        value,
        (known) => typeof known !== "object" || known === null || Object.keys(known).length === 0,
    );
}

function isFilled(value: unknown): Answer {
    return answer(
        value,
        (known) => typeof known === "object" && known !== null && Object.keys(known).length > 0,
    );
}

function answer(value: unknown, holds: (value: unknown) => boolean): Answer {
    return value === UNKNOWN ? "unknown" : holds(value) ? "yes" : "no";
}
