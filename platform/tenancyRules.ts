import { AGENT_SERVICE_ACCOUNT } from "../components/tenantGuards";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";
import type { AdmissionObject } from "../policy/admission/admissionPolicy";

/** Who may change what is the platform's. */
export interface TenancyOptions {
    /** The namespace of the core fleet. */
    readonly coreNamespace: string;
    /** Users and ServiceAccounts that deploy: `system:serviceaccount:pulumi:deployer`. */
    readonly users: readonly string[];
    /** Groups that deploy. */
    readonly groups: readonly string[];
    /** The group of those who may change it by hand when all else fails. */
    readonly breakGlassGroup: string;
    readonly validationActions: readonly ("Deny" | "Warn" | "Audit")[];
}

/** A policy and its binding. */
export interface PolicyPair {
    readonly policy: AdmissionObject;
    readonly binding: AdmissionObject;
}

/** What every object of the platform is labelled with. */
const PART_OF = { key: "app.kubernetes.io/part-of", value: "customer-orgs" } as const;

/** What the labels start with by which the platform finds its agents, whoever wrote them. */
const OWN_LABELS = "customer-orgs/";

/**
 * The control plane itself, without which nothing would ever be rolled, scaled or collected: its controllers, as users and as the
 * ServiceAccounts that they become, and the nodes.
 */
const CONTROL_PLANE = {
    users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"],
    groups: ["system:nodes", "system:serviceaccounts:kube-system"],
} as const;

/** Whether a request is made in a customer's namespace or in the core fleet's: nobody else's objects are looked at. */
export function inOurNamespaces(coreNamespace: string): string {
    return `request.namespace.startsWith(${text(ORG_NAMESPACE_PREFIX)}) || request.namespace == ${text(coreNamespace)}`;
}

/** Whether a request is made by anybody but those who deploy, the break-glass group and the control plane. */
export function isNotByThePlatform(options: TenancyOptions): string {
    const users = [...CONTROL_PLANE.users, ...options.users];
    const groups = [...CONTROL_PLANE.groups, ...options.groups, options.breakGlassGroup];
    return (
        `!(request.userInfo.username in ${text(users)}) && ` +
        `!request.userInfo.?groups.orValue([]).exists(group, group in ${text(groups)})`
    );
}

/** Whether labels, an optional map of CEL, are those of an object of the platform. */
export function areOurs(labels: string): string {
    return (
        `${labels}.orValue({}).exists(key, key.startsWith(${text(OWN_LABELS)}) || ` +
        `(key == ${text(PART_OF.key)} && ${labels}.orValue({})[key] == ${text(PART_OF.value)}))`
    );
}

/** Whether a ServiceAccount's name is one that agents run as: `agent`, or `agent-<agent>`. */
export function isAgentsAccount(name: string): string {
    return `(${name} == ${text(AGENT_SERVICE_ACCOUNT)} || ${name}.startsWith(${text(AGENT_DEPLOYMENT_PREFIX)}))`;
}

/** A policy and its binding, as objects of the cluster. */
export function pair(
    name: string,
    { validationActions }: TenancyOptions,
    spec: Readonly<Record<string, unknown>>,
): PolicyPair {
    const header = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name } } as const;
    return {
        policy: {
            ...header,
            kind: "ValidatingAdmissionPolicy",
            spec: { failurePolicy: "Fail", ...spec },
        },
        binding: {
            ...header,
            kind: "ValidatingAdmissionPolicyBinding",
            spec: { policyName: name, validationActions: [...validationActions] },
        },
    };
}

/** A CEL string or list of strings. JSON's escapes are CEL's. */
export function text(value: string | readonly string[]): string {
    return JSON.stringify(value);
}
