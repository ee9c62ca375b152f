import { isExpired } from "../../images/imageOverride";
import type { RepositoryPattern } from "../repositoryPattern";
import { parseRuleConfig } from "../ruleConfig";
import { requireImmutableImages } from "../rules/requireImmutableImages";
import { LOCALHOST, dubiousPattern, immutablePattern, repositoryPatternExpression } from "./imagePatterns";

/** The name of the policy and of its binding in the cluster. */
export const ADMISSION_POLICY_NAME = "require-immutable-images";

/** Namespaces whose pods the cluster's own machinery makes, with images that nobody here decides on. */
const SYSTEM_NAMESPACES = ["kube-node-lease", "kube-public", "kube-system"] as const;

/** What the admission policy is made from. */
export interface AdmissionPolicyOptions {
    /** The config of `require-immutable-images`, as in the policy pack's config. Default: the rule's defaults. */
    readonly config?: Readonly<Record<string, unknown>>;
    /** Namespaces that are not checked. Default: {@link SYSTEM_NAMESPACES}. */
    readonly exemptNamespaces?: readonly string[];
    /** What follows from a violation. Default: `["Deny"]`. */
    readonly validationActions?: readonly ("Deny" | "Warn" | "Audit")[];
    /** The moment at which exemptions are judged: expired ones are left out. */
    readonly now: Date;
}

/** The two objects, ready to be declared or applied. */
export interface AdmissionPolicy {
    readonly policy: AdmissionObject;
    readonly binding: AdmissionObject;
}

/** A Kubernetes object of `admissionregistration.k8s.io/v1`. */
export interface AdmissionObject {
    readonly apiVersion: "admissionregistration.k8s.io/v1";
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: Readonly<Record<string, unknown>>;
}

/** Longer than any reference: keeps the cost of matching within the API server's budget. */
const MAX_LENGTH = 700;

/**
 * The Kubernetes side of `require-immutable-images`, for what does not come through Pulumi: a ValidatingAdmissionPolicy and its
 * binding, from the same config. docs/policy/require-immutable-images.md lists where CEL has to be weaker.
 *
 * @throws RuleConfigError when the config cannot be used.
 */
export function admissionPolicy(options: AdmissionPolicyOptions): AdmissionPolicy {
    const raw = { ...options.config };
    delete raw["enforcementLevel"];
    const config = parseRuleConfig(requireImmutableImages.name, requireImmutableImages.config, raw);
    const exemptions = config.exemptions
        .filter((exemption) => !isExpired(exemption, options.now))
        .map(({ repository, namespace }) => {
            const matches = isInRepository(repository);
            return namespace === undefined
                ? matches
                : `(request.namespace == ${text(namespace)} && ${matches})`;
        });
    const immutable =
        `(image.matches(${text(immutablePattern(config))}) && ` +
        `!image.matches(${text(dubiousPattern(config))}))`;
    const allowed = [immutable, ...exemptions].join(" || ");
    const exemptNamespaces = options.exemptNamespaces ?? SYSTEM_NAMESPACES;
    return {
        policy: {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingAdmissionPolicy",
            metadata: { name: ADMISSION_POLICY_NAME },
            spec: {
                failurePolicy: "Fail",
                matchConstraints: { resourceRules: RESOURCE_RULES },
                variables: [
                    // dyn: the same expression reads ten kinds, so it cannot be checked against one of them.
                    { name: "podSpec", expression: podSpecOf("dyn(object)") },
                    { name: "images", expression: imagesOf("variables.podSpec") },
                    {
                        name: "oldImages",
                        expression: `dyn(oldObject) == null ? [] : ${imagesOf(podSpecOf("dyn(oldObject)"))}`,
                    },
                    {
                        name: "mutableImages",
                        expression: `variables.images.filter(image, !(size(image) <= ${MAX_LENGTH} && (${allowed})))`,
                    },
                ],
                validations: [
                    {
                        // What runs already may still be scaled, labelled and deleted; only a new image has to be immutable.
                        expression: "variables.mutableImages.all(image, image in variables.oldImages)",
                        messageExpression:
                            `"every image has to be a digest or a git-SHA tag; these are not: " + ` +
                            `variables.mutableImages.map(image, image == "" ? "(no image)" : image).join(", ")`,
                        reason: "Invalid",
                    },
                ],
            },
        },
        binding: {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingAdmissionPolicyBinding",
            metadata: { name: ADMISSION_POLICY_NAME },
            spec: {
                policyName: ADMISSION_POLICY_NAME,
                validationActions: [...(options.validationActions ?? ["Deny"])],
                matchResources:
                    exemptNamespaces.length === 0
                        ? {}
                        : {
                              namespaceSelector: {
                                  matchExpressions: [
                                      {
                                          key: "kubernetes.io/metadata.name",
                                          operator: "NotIn",
                                          values: [...exemptNamespaces],
                                      },
                                  ],
                              },
                          },
            },
        },
    };
}

/** Whether `image` is in a repository or below it. */
function isInRepository(pattern: RepositoryPattern): string {
    const matches = `image.matches(${text(repositoryPatternExpression(pattern))})`;
    const isWholeHub = pattern.registry === "docker.io" && pattern.path === "";
    return isWholeHub ? `(${matches} && !image.startsWith(${text(LOCALHOST)}))` : matches;
}

const OPERATIONS = ["CREATE", "UPDATE"];

/** Every built-in kind with a pod spec, and the subresource through which ephemeral containers come. */
const RESOURCE_RULES = [
    {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: OPERATIONS,
        resources: ["pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"],
    },
    {
        apiGroups: ["apps"],
        apiVersions: ["v1"],
        operations: OPERATIONS,
        resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    },
    { apiGroups: ["batch"], apiVersions: ["v1"], operations: OPERATIONS, resources: ["cronjobs", "jobs"] },
];

/** The pod spec of an object of any of the kinds; an empty one where a template is absent. */
function podSpecOf(object: string): string {
    return (
        `(${object}.kind == "Pod" ? ${object}.spec : ` +
        `${object}.kind == "CronJob" ? ${object}.spec.jobTemplate.spec.template.spec : ` +
        `${object}.kind == "PodTemplate" ? ${object}.template.spec : ` +
        `has(${object}.spec.template) ? ${object}.spec.template.spec : dyn({}))`
    );
}

/** All images of a pod spec, empty text for a missing one. */
function imagesOf(podSpec: string): string {
    const lists = ["containers", "initContainers", "ephemeralContainers"].map(
        (list) => `${podSpec}.?${list}.orValue([]).map(c, string(c.?image.orValue("")))`,
    );
    const volumes =
        `${podSpec}.?volumes.orValue([]).filter(v, has(v.image))` +
        `.map(v, string(v.image.?reference.orValue("")))`;
    return [...lists, volumes].join(" + ");
}

/** A CEL string. JSON's escapes are CEL's. */
function text(value: string): string {
    return JSON.stringify(value);
}
