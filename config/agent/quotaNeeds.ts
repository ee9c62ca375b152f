import { DEFAULT_QUOTA, type Quota, type QuotaKey } from "../quota";
import { formatQuantity, kindOf, parseQuantity } from "../quantity";
import type { Resources } from "./containerWords";
import type { AgentPlan } from "./agentPlan";
import { BOOT_GATE_RESOURCES } from "./planAgent";

const COMPUTE = ["cpu", "memory", "ephemeral-storage"] as const;

/** What a container or a pod asks for: `limits.cpu` → cores or bytes. */
type Needs = ReadonlyMap<QuotaKey, number>;

/**
 * What an org's agents take of its quota at the worst moment: all of them rolled at once, each with its surge beside its pods, as a
 * release does. Kubernetes' own arithmetic: a pod counts as the larger of its containers together and its largest init container.
 * Pure.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/ and
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function needsOf(plans: Iterable<AgentPlan>): Needs {
    return sum(
        [...plans].map((plan): Needs => {
            const pods = mostPods(plan);
            const claims = plan.claims.map(({ claim }) => parseQuantity(claim.size));
            return new Map<QuotaKey, number>([
                ["count/deployments.apps", 1],
                ["pods", pods],
                ["persistentvolumeclaims", claims.length],
                ["requests.storage", claims.reduce((bytes, size) => bytes + size, 0)],
                ...[...podNeeds(plan)].map(([key, amount]) => [key, amount * pods] as const),
            ]);
        }),
    );
}

/** The most pods that an agent has while it is rolled: never more new ones than it is to have. */
function mostPods({ maxReplicas, strategy }: AgentPlan): number {
    return maxReplicas + (strategy.type === "Recreate" ? 0 : Math.min(strategy.maxSurge, maxReplicas));
}

function podNeeds({ resources, sidecars, bootGate }: AgentPlan): Needs {
    const together = sum([resources, ...sidecars.map((one) => one.resources)].map(containerNeeds));
    const before = containerNeeds(bootGate.length === 0 ? {} : BOOT_GATE_RESOURCES);
    return new Map([...together].map(([key, amount]) => [key, Math.max(amount, before.get(key) ?? 0)]));
}

function containerNeeds({ requests = {}, limits = {} }: Resources): Needs {
    const amounts = COMPUTE.flatMap((name): [QuotaKey, number][] => [
        [`requests.${name}`, parseQuantity(requests[name] ?? limits[name] ?? "0")],
        [`limits.${name}`, parseQuantity(limits[name] ?? "0")],
    ]);
    return new Map(amounts);
}

function sum(needs: readonly Needs[]): Needs {
    const total = new Map<QuotaKey, number>();
    for (const [key, amount] of needs.flatMap((one) => [...one])) {
        total.set(key, (total.get(key) ?? 0) + amount);
    }
    return total;
}

/**
 * Why an org's agents could be born and then never rolled: they need more than the quota has. One line, with what to write.
 *
 * @param plans the org's agents
 * @param quota what the stack and the org say, the nearest last
 * @param file the org's file
 */
export function findQuotaProblem(
    plans: Iterable<AgentPlan>,
    quota: readonly (Quota | undefined)[],
    file: string,
): string | undefined {
    const all = [...plans];
    const effective: Readonly<Record<QuotaKey, string>> = Object.assign({}, DEFAULT_QUOTA, ...quota) as never;
    const missing = [...needsOf(all)].flatMap(([key, amount]) => {
        const has = effective[key];
        // A cluster counts in whole thousandths of a core and whole bytes; what is left below that is a rounding of ours.
        return amount - parseQuantity(has) > 1e-6
            ? [{ key, has, needs: formatQuantity(kindOf(key), amount) }]
            : [];
    });
    if (missing.length === 0) {
        return undefined;
    }
    const pods = all.reduce((count, plan) => count + mostPods(plan), 0);
    const short = missing.map(({ key, has, needs }) => `${key} ${needs} of ${has}`).join(", ");
    const write = missing.map(({ key, needs }) => `${key}: "${needs}"`).join(", ");
    return (
        `${file}: quota: its ${all.length} agents have up to ${pods} pods while a release rolls them, and the quota is too small for that ` +
        `(${short}): they would be born and never rolled; expected quota: { ${write} } or more, or fewer or smaller agents`
    );
}
