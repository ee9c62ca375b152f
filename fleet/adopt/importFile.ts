import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import type { OrgSpec } from "../../config/orgSpec";
import type { ImportedCompanion } from "./companions";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX, agentResourceName } from "../../images/metadata";

/** An object that has the name of one of an org's guards. */
export interface LiveGuard {
    readonly kind: "ServiceAccount" | "ResourceQuota" | "LimitRange" | "NetworkPolicy";
    readonly name: string;
}

/** What `pulumi import --file` reads. @see https://www.pulumi.com/docs/iac/adopting-pulumi/import/ */
export interface ImportFile {
    readonly nameTable: Readonly<Record<string, string>>;
    readonly resources: readonly ImportedResource[];
}

/** One resource of an import file; `name` is unique in the file, `logicalName` is the program's own. */
export interface ImportedResource {
    readonly type: string;
    readonly name: string;
    readonly logicalName: string;
    readonly id?: string;
    readonly parent?: string;
    readonly provider?: string;
    readonly component?: true;
}

/** The names that an org's guards have in its namespace: those that may be there already. */
export const GUARD_NAMES: Readonly<Record<LiveGuard["kind"], readonly string[]>> = {
    ServiceAccount: ["agent"],
    ResourceQuota: ["org-quota"],
    LimitRange: ["org-limits"],
    NetworkPolicy: ["deny-all", "allow"],
};

const GUARD_TYPES: Readonly<Record<LiveGuard["kind"], string>> = {
    ServiceAccount: "kubernetes:core/v1:ServiceAccount",
    ResourceQuota: "kubernetes:core/v1:ResourceQuota",
    LimitRange: "kubernetes:core/v1:LimitRange",
    NetworkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
};

const COMPANION_TYPES: Readonly<Record<ImportedCompanion["kind"], string>> = {
    PersistentVolumeClaim: "kubernetes:core/v1:PersistentVolumeClaim",
    PodDisruptionBudget: "kubernetes:policy/v1:PodDisruptionBudget",
    ServiceAccount: "kubernetes:core/v1:ServiceAccount",
};

/**
 * The import file of an org: its namespace, its agents and those of its guards that exist, below the same components and
 * with the same logical names as the program declares them, so that the next update finds them as its own.
 *
 * @param companions agent → what it has beside its Deployment and the program declares
 */
export function buildImportFile(
    org: OrgSpec,
    stack: string,
    guards: readonly LiveGuard[],
    companions: ReadonlyMap<string, readonly ImportedCompanion[]>,
): ImportFile {
    const { slug } = org;
    const namespace = `${ORG_NAMESPACE_PREFIX}${slug}`;
    const provider = "cluster";
    const resources: ImportedResource[] = [
        { type: "customer-orgs:index:CustomerOrg", name: "org", logicalName: slug, component: true },
        {
            type: "kubernetes:core/v1:Namespace",
            name: "namespace",
            logicalName: slug,
            id: namespace,
            parent: "org",
            provider,
        },
    ];
    org.agents.forEach((agent, index) => {
        const logicalName = agentResourceName(slug, agent.name);
        resources.push(
            {
                type: "customer-orgs:index:Agent",
                name: `agent${index}`,
                logicalName,
                component: true,
                parent: "org",
            },
            {
                type: "kubernetes:apps/v1:Deployment",
                name: `deployment${index}`,
                logicalName,
                id: `${namespace}/${AGENT_DEPLOYMENT_PREFIX}${agent.name}`,
                parent: `agent${index}`,
                provider,
            },
            ...(companions.get(agent.name) ?? []).map(({ kind, name }, place) => {
                const isClaim = kind === "PersistentVolumeClaim";
                return {
                    type: COMPANION_TYPES[kind],
                    name: `agent${index}of${place}`,
                    logicalName: isClaim ? `${slug}.${name}` : logicalName,
                    id: `${namespace}/${name}`,
                    // A claim outlives its agent.
                    parent: isClaim ? "org" : `agent${index}`,
                    provider,
                };
            }),
        );
    });
    guards.forEach(({ kind, name }, index) => {
        resources.push({
            type: GUARD_TYPES[kind],
            name: `guard${index}`,
            logicalName: kind === "NetworkPolicy" ? `${slug}-${name}` : slug,
            id: `${namespace}/${name}`,
            parent: "org",
            provider,
        });
    });
    return {
        nameTable: {
            [provider]: `urn:pulumi:${stack}::${CUSTOMER_ORGS_PROJECT}::pulumi:providers:kubernetes::cluster`,
        },
        resources,
    };
}
