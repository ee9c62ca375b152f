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

/**
 * What the cluster itself holds tenants to, whatever roles they have in their namespace: what is the platform's is changed by those
 * who deploy and nobody else, and no pod runs an image from a node's cache that it has no right to. Pure.
 */
export function tenancyPolicies(options: TenancyOptions): readonly PolicyPair[] {
    return [protectPlatformObjects(options), requireOwnImages(options)];
}

function protectPlatformObjects(options: TenancyOptions): PolicyPair {
    const name = "protect-platform-objects";
    const users = [...CONTROL_PLANE.users, ...options.users];
    const groups = [...CONTROL_PLANE.groups, ...options.groups, options.breakGlassGroup];
    const isOurs = (object: string) =>
        `(dyn(${object}) != null && dyn(${object}).metadata.?labels[?${text(PART_OF.key)}].orValue("") == ${text(PART_OF.value)})`;
    return pair(name, options, {
        matchConstraints: {
            resourceRules: PROTECTED.map((rule) => ({
                ...rule,
                apiVersions: ["v1"],
                operations: ["CREATE", "UPDATE", "DELETE"],
            })),
        },
        matchConditions: [
            {
                name: "not-by-the-platform",
                expression:
                    `!(request.userInfo.username in ${text(users)}) && ` +
                    `!request.userInfo.?groups.orValue([]).exists(group, group in ${text(groups)})`,
            },
        ],
        validations: [
            {
                // Of the old object too: a label that is taken off protects no less than one that is there.
                expression: `!(${isOurs("object")} || ${isOurs("oldObject")})`,
                message:
                    "this object is the platform's (app.kubernetes.io/part-of: customer-orgs): it is changed by a deployment, and by hand by nobody but the break-glass group",
                reason: "Forbidden",
            },
            {
                // A Scale has none of its Deployment's labels, so an agent is known by its name.
                expression:
                    `request.?subResource.orValue("") != "scale" || !request.name.startsWith(${text(AGENT_DEPLOYMENT_PREFIX)}) || ` +
                    `!(${inOurNamespaces(options.coreNamespace)})`,
                message: `what is named "${AGENT_DEPLOYMENT_PREFIX}…" is the platform's: its replicas are said in its org's file`,
                reason: "Forbidden",
            },
        ],
    });
}

/** Every kind that the platform declares, and what its Deployments become. */
const PROTECTED = [
    {
        apiGroups: [""],
        resources: [
            "namespaces",
            "serviceaccounts",
            "resourcequotas",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "pods/ephemeralcontainers",
        ],
    },
    {
        apiGroups: ["apps"],
        resources: ["deployments", "deployments/scale", "replicasets", "replicasets/scale"],
    },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"] },
    { apiGroups: ["policy"], resources: ["poddisruptionbudgets"] },
] as const;

function requireOwnImages(options: TenancyOptions): PolicyPair {
    const containers = ["containers", "initContainers", "ephemeralContainers"]
        .map(
            (list) =>
                `object.spec.?${list}.orValue([]).map(c, {"image": c.?image.orValue(""), "pull": c.?imagePullPolicy.orValue("")})`,
        )
        .join(" + ");
    return pair("require-own-images", options, {
        matchConstraints: {
            resourceRules: [
                { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
                {
                    apiGroups: [""],
                    apiVersions: ["v1"],
                    operations: ["UPDATE"],
                    resources: ["pods/ephemeralcontainers"],
                },
            ],
        },
        matchConditions: [{ name: "ours", expression: inOurNamespaces(options.coreNamespace) }],
        variables: [{ name: "containers", expression: containers }],
        validations: [
            {
                expression: 'variables.containers.all(c, c.pull != "Never")',
                message:
                    "imagePullPolicy: Never runs what is in the node's cache, another tenant's private image too; expected Always, or a digest with IfNotPresent",
                reason: "Invalid",
            },
            {
                expression:
                    'variables.containers.all(c, c.pull != "IfNotPresent" || c.image.contains("@sha256:"))',
                message:
                    "imagePullPolicy: IfNotPresent takes whatever the node has under a tag; expected Always, or a digest",
                reason: "Invalid",
            },
        ],
    });
}

function pair(
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
function text(value: string | readonly string[]): string {
    return JSON.stringify(value);
}
