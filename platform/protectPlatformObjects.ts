import { AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import {
    type PolicyPair,
    type TenancyOptions,
    areOurs,
    isAgentsAccount,
    inOurNamespaces,
    isNotByThePlatform,
    pair,
    text,
} from "./tenancyRules";

/** What is the platform's is changed by those who deploy, the break-glass group and the control plane, and by nobody else. Pure. */
export function protectPlatformObjects(options: TenancyOptions): PolicyPair {
    const isOurs = (object: string) =>
        `(dyn(${object}) != null && ${areOurs(`dyn(${object}).metadata.?labels`)})`;
    // A template's labels become those of ReplicaSets and pods that the control plane makes, which nobody refuses.
    const template = "dyn(object).?spec.?jobTemplate.or(optional.of(dyn(object))).?spec.?template";
    const templates = [template, "dyn(object).?template"].map((one) => areOurs(`${one}.?metadata.?labels`));
    return pair("protect-platform-objects", options, {
        matchConstraints: {
            resourceRules: PROTECTED.map((rule) => ({
                apiVersions: ["*"],
                operations: ["CREATE", "UPDATE", "DELETE"],
                ...rule,
            })),
        },
        matchConditions: [{ name: "not-by-the-platform", expression: isNotByThePlatform(options) }],
        validations: [
            {
                // Of the old object too: a label that is taken off protects no less than one that is there.
                expression: `!(${isOurs("object")} || ${isOurs("oldObject")})`,
                message:
                    "this object is the platform's (app.kubernetes.io/part-of: customer-orgs): it is changed by a deployment, and by hand by nobody but the break-glass group",
                reason: "Forbidden",
            },
            {
                expression: `dyn(object) == null || !(${templates.join(" || ")})`,
                message:
                    "the labels of the template are the platform's: its pods would pass for an agent's; expected labels of your own",
                reason: "Forbidden",
            },
            {
                // A Scale has none of its Deployment's labels, so an agent is known by its name. An autoscaler scales by the control plane.
                expression:
                    `dyn(object) == null || !(${inOurNamespaces(options.coreNamespace)}) || ` +
                    `(request.?subResource.orValue("") != "scale" ? ` +
                    `!dyn(object).?spec.?scaleTargetRef.?name.orValue("").startsWith(${text(AGENT_DEPLOYMENT_PREFIX)}) : ` +
                    `!request.name.startsWith(${text(AGENT_DEPLOYMENT_PREFIX)}))`,
                message: `what is named "${AGENT_DEPLOYMENT_PREFIX}…" is the platform's: its replicas are said in its org's file`,
                reason: "Forbidden",
            },
            {
                expression:
                    `request.?subResource.orValue("") != "token" || !${isAgentsAccount("request.name")} || ` +
                    `!(${inOurNamespaces(options.coreNamespace)})`,
                message: "this ServiceAccount is the agents': nobody else is handed a token of it",
                reason: "Forbidden",
            },
        ],
    });
}

/** Every kind that the platform declares, what its Deployments become, and what could pass for that or scale it. */
const PROTECTED = [
    {
        apiGroups: [""],
        resources: [
            "namespaces",
            "serviceaccounts",
            "serviceaccounts/token",
            "resourcequotas",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "pods/ephemeralcontainers",
            "podtemplates",
            "replicationcontrollers",
            "replicationcontrollers/scale",
        ],
    },
    {
        apiGroups: ["apps"],
        resources: [
            "deployments",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "daemonsets",
        ],
    },
    { apiGroups: ["batch"], resources: ["jobs", "cronjobs"] },
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], operations: ["CREATE", "UPDATE"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"] },
    { apiGroups: ["policy"], resources: ["poddisruptionbudgets"] },
    { apiGroups: ["external-secrets.io"], resources: ["externalsecrets"] },
] as const;
