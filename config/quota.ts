import { z } from "zod";
import { quantityOf } from "./quantity";

/**
 * What an org's namespace may hold, in the names of ResourceQuota. The counts of objects are there so that no tenant can
 * fill the API server; NodePorts and load balancers would open the namespace to the outside.
 * Source of the set: the Kubernetes multi-tenancy benchmark and the defaults of vcluster.
 */
export const DEFAULT_QUOTA = {
    "requests.cpu": "8",
    "requests.memory": "16Gi",
    "requests.ephemeral-storage": "40Gi",
    "limits.cpu": "16",
    "limits.memory": "32Gi",
    "limits.ephemeral-storage": "80Gi",
    "requests.storage": "100Gi",
    pods: "40",
    services: "10",
    secrets: "50",
    configmaps: "50",
    persistentvolumeclaims: "10",
    replicationcontrollers: "0",
    resourcequotas: "1",
    "services.nodeports": "0",
    "services.loadbalancers": "0",
    "count/deployments.apps": "20",
    "count/jobs.batch": "20",
    "count/cronjobs.batch": "10",
} as const;

/** The name of one limit of the quota: `requests.cpu`, `pods`. */
export type QuotaKey = keyof typeof DEFAULT_QUOTA;

const KEYS = Object.keys(DEFAULT_QUOTA) as [QuotaKey, ...QuotaKey[]];

/** Limits that differ from the default. */
export const quotaSchema = z.strictObject(
    Object.fromEntries(KEYS.map((key) => [key, quantityOf(key).optional()])) as Record<
        QuotaKey,
        z.ZodOptional<z.ZodType<string>>
    >,
);

/** Limits that differ from the default. */
export type Quota = z.infer<typeof quotaSchema>;
