import { z } from "zod";
import { ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import { type Answer, isFilled } from "../kubernetes/answer";
import {
    type CheckedObject,
    describeObject,
    labelOf,
    nameOf,
    namespaceOf,
} from "../kubernetes/checkedObject";
import { DIRECTIONS, allowsEverything, deniesByDefault } from "../kubernetes/networkPolicy";
import { QUOTA_RESOURCES, limits } from "../kubernetes/quota";
import { UNKNOWN, readPath } from "../kubernetes/readField";
import { keepsToken, mountsToken } from "../kubernetes/serviceAccountToken";
import { type StackFinding, type StackRule, unknownFinding } from "../rule";
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

/** What has to be there besides the namespace, with what to look for and what to write. */
interface Guard {
    readonly what: string;
    readonly fix: string;
    readonly isMetBy: (object: CheckedObject) => Answer;
}

const GUARDS: readonly Guard[] = [
    ...QUOTA_RESOURCES.map(([resource, keys]) => ({
        what: `a ResourceQuota for ${resource}`,
        fix: "a ResourceQuota without scopes and with spec.hard for cpu, memory and pods",
        isMetBy: (object: CheckedObject) => limits(object, keys),
    })),
    {
        what: "a LimitRange",
        fix: "a LimitRange with defaults for containers",
        isMetBy: (object) =>
            object.kind === "LimitRange" ? isFilled(readPath(object.fields, "spec", "limits")) : "no",
    },
    ...DIRECTIONS.map((direction) => ({
        what: `a NetworkPolicy that denies all ${direction.rules} by default`,
        fix: 'a NetworkPolicy with podSelector: {}, policyTypes: ["Ingress", "Egress"] and no rules',
        isMetBy: (object: CheckedObject) => deniesByDefault(object, direction),
    })),
    {
        what: "a ServiceAccount without token automount",
        fix: "a ServiceAccount with automountServiceAccountToken: false",
        isMetBy: keepsToken,
    },
];

const POD_SECURITY_MODES = ["enforce", "audit", "warn"] as const;

function checkStack(objects: readonly CheckedObject[], { namespacePrefix }: Config): StackFinding[] {
    const namespaces = objects.filter(
        ({ kind, apiVersion, patch }) => kind === "Namespace" && apiVersion === "v1" && !patch,
    );
    if (namespaces.length === 0) {
        return [];
    }
    const byNamespace = Map.groupBy(objects, namespaceOf);
    return namespaces.flatMap((namespace) => {
        const name = nameOf(namespace);
        if (typeof name !== "string" || !name.startsWith(namespacePrefix)) {
            return [];
        }
        return [
            ...checkLabels(namespace),
            ...checkGuards(namespace, name, byNamespace.get(name) ?? [], byNamespace.get(UNKNOWN) ?? []),
            ...checkHoles(name, byNamespace.get(name) ?? []),
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
            findings.push(unknownFinding(namespace, `whether it has ${what}`));
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

/** What is there and undoes a guard. */
function checkHoles(name: string, inside: readonly CheckedObject[]): StackFinding[] {
    const accounts = inside.filter(({ kind }) => kind === "ServiceAccount");
    return inside.flatMap((object): StackFinding[] => {
        const subject = describeObject(object);
        const opened = DIRECTIONS.filter((direction) => allowsEverything(object, direction) === "yes").map(
            ({ rules, peers }): StackFinding => ({
                kind: "violation",
                object,
                summary: `${subject} opens the namespace "${name}": it allows all ${rules}`,
                path: `${object.pathPrefix}spec.${rules}`,
                why: "network policies add up, so beside it no other one denies anything",
                fix: `name whom it is for under "${peers}", or remove it`,
            }),
        );
        const token = mountsToken(object, accounts);
        if (token === "no") {
            return opened;
        }
        const what = token === "yes" ? "has" : "may have";
        return [
            ...opened,
            {
                kind: token === "yes" ? "violation" : "unknown",
                object,
                summary: `${subject} ${what} a token for the API server mounted in the namespace "${name}"`,
                why:
                    token === "yes"
                        ? "whoever takes over the pod speaks to the cluster in its name"
                        : "it can't be known during preview and is checked at the update",
                fix: "automountServiceAccountToken: false in the pod's spec",
            },
        ];
    });
}

function checkLabels(namespace: CheckedObject): StackFinding[] {
    const findings: StackFinding[] = [];
    for (const mode of POD_SECURITY_MODES) {
        const key = `pod-security.kubernetes.io/${mode}`;
        const value = labelOf(namespace, key);
        if (value === "restricted") {
            findings.push(...checkVersion(namespace, mode));
            continue;
        }
        const path = `${namespace.pathPrefix}metadata.labels["${key}"]`;
        if (value === UNKNOWN) {
            findings.push(unknownFinding(namespace, `the label "${key}"`, path));
            continue;
        }
        findings.push({
            kind: "violation",
            object: namespace,
            summary: `${describeObject(namespace)} is not under the restricted Pod Security profile: ${mode} is ${value === undefined ? "not set" : `"${value}"`}`,
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

/** The first version whose restricted profile is that of today; before, it let through more. */
const OLDEST_PROFILE = 25;

/** A profile that is pinned to an old version forbids what was forbidden then. */
function checkVersion(namespace: CheckedObject, mode: string): StackFinding[] {
    const key = `pod-security.kubernetes.io/${mode}-version`;
    const version = labelOf(namespace, key);
    if (version === undefined || version === "latest") {
        return [];
    }
    const minor = typeof version === "string" ? /^v1\.(\d{1,4})$/.exec(version)?.[1] : undefined;
    if (minor !== undefined && Number(minor) >= OLDEST_PROFILE) {
        return [];
    }
    const path = `${namespace.pathPrefix}metadata.labels["${key}"]`;
    if (version === UNKNOWN) {
        return [unknownFinding(namespace, `the label "${key}"`, path)];
    }
    return [
        {
            kind: "violation",
            object: namespace,
            summary: `${describeObject(namespace)} is under an old Pod Security profile: ${mode}-version is "${version}"`,
            path,
            why: `profiles before v1.${OLDEST_PROFILE} let pods through that take over the node`,
            fix: `${key}: latest`,
        },
    ];
}
