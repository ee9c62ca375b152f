import { type ImageReference, parseImageReference } from "../../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { Resources } from "./containerWords";
import { type Origin, type ProfileLayer, mergeProfiles } from "./mergeProfiles";
import type { Profile } from "./profileSchema";
import type { Claim } from "./volumeWords";

/** Requests and limits of an agent that names none. A limit on cpu and memory, so that no tenant starves a node. */
export const DEFAULT_RESOURCES = {
    requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
} as const satisfies Resources;

/** Requests and limits of the boot gate, which runs before the agent and never beside it. */
export const BOOT_GATE_RESOURCES = {
    requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "16Mi" },
    limits: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
} as const satisfies Resources;

/** What holds where nobody says anything. */
const BUILT_IN: Profile = {
    replicas: 1,
    resources: DEFAULT_RESOURCES,
    // Without it a container counts as rolled out when its process has started, and its successor takes the last good pod away.
    minReadySeconds: 10,
    progressDeadlineSeconds: 300,
};

/** What holds for a runtime where nobody says otherwise. `platform-agent`: without its MCP server the agent starts and can do nothing. */
const BUILT_IN_RUNTIMES: ReadonlyMap<string, Profile> = new Map([
    ["platform-agent", { bootGate: ["/opt/molecule-mcp-server"] }],
]);

/** How pods follow each other. */
export type RolloutStrategy =
    | { readonly type: "Recreate" }
    | { readonly type: "RollingUpdate"; readonly maxSurge: number; readonly maxUnavailable: number };

/** A claim of an agent, with the name that it has in the cluster. */
export interface PlannedClaim {
    readonly name: string;
    readonly volume: string;
    readonly claim: Claim;
}

/** One agent as it will be declared: every layer merged, every default filled in. */
export interface AgentPlan {
    readonly profile: Profile;
    /** Pods that are declared; absent where an autoscaler decides. */
    readonly replicas?: number;
    /** The most pods that there are outside of a rollout. */
    readonly maxReplicas: number;
    readonly minReadySeconds: number;
    readonly progressDeadlineSeconds: number;
    readonly resources: Required<Resources>;
    readonly strategy: RolloutStrategy;
    readonly bootGate: readonly string[];
    readonly claims: readonly PlannedClaim[];
    /** `env.LOG_LEVEL` → where it was written. */
    readonly origins: ReadonlyMap<string, Origin>;
    /** What cannot be together, each with where to mend it; none for an agent that can be declared. */
    readonly problems: readonly string[];
}

/**
 * Plans an agent from its layers, the farthest first. Pure: the program, the quota's check, `fleet adopt` and whoever explains
 * a value ask the same function.
 *
 * @param layers what people wrote, without what is built in
 * @param sidecarRepositories where the images of sidecars may come from; nowhere when left out
 */
export function planAgent(
    name: string,
    runtime: string,
    layers: readonly ProfileLayer[],
    sidecarRepositories: readonly ImageReference[] = [],
): AgentPlan {
    const builtIn = { layer: "built-in" } as const;
    const { profile, origins } = mergeProfiles([
        { origin: builtIn, profile: BUILT_IN },
        { origin: builtIn, profile: BUILT_IN_RUNTIMES.get(runtime) ?? {} },
        ...layers,
    ]);
    const claims = Object.entries(profile.volumes ?? {}).flatMap(([volume, { claim }]): PlannedClaim[] =>
        claim === undefined
            ? []
            : [{ name: claim.name ?? `${AGENT_DEPLOYMENT_PREFIX}${name}-${volume}`, volume, claim }],
    );
    const maxReplicas = profile.autoscaler?.maxReplicas ?? profile.replicas ?? 1;
    const plan = {
        profile,
        ...(profile.autoscaler === undefined ? { replicas: maxReplicas } : {}),
        maxReplicas,
        minReadySeconds: profile.minReadySeconds ?? 0,
        progressDeadlineSeconds: profile.progressDeadlineSeconds ?? 300,
        resources: { requests: {}, limits: {}, ...profile.resources },
        strategy: strategyOf(profile, claims),
        bootGate: profile.bootGate ?? [],
        claims,
        origins,
    };
    const problems = [...findProblems(plan), ...findForeignSidecars(plan, sidecarRepositories)];
    return { ...plan, problems };
}

/** A customer keeps the running pod until its successor is ready, so a bad image takes nothing away; unless only one can have the claim. */
function strategyOf({ strategy }: Profile, claims: readonly PlannedClaim[]): RolloutStrategy {
    if (strategy?.type === "Recreate" || (strategy === undefined && claims.some(isSingle))) {
        return { type: "Recreate" };
    }
    const { maxSurge = 1, maxUnavailable = 0 } = strategy?.rollingUpdate ?? {};
    return { type: "RollingUpdate", maxSurge, maxUnavailable };
}

/** Whether pods on two nodes can never have a claim at the same time. */
function isSingle({ claim }: PlannedClaim): boolean {
    return claim.accessMode !== "ReadWriteMany";
}

function findProblems(plan: Omit<AgentPlan, "problems">): readonly string[] {
    const { profile, origins, claims } = plan;
    const problems: string[] = [];
    const refuse = (path: string, value: unknown, message: string) => {
        problems.push(`${whereIs(origins, path)}: ${JSON.stringify(value)}: ${message}`);
    };
    if (plan.progressDeadlineSeconds <= plan.minReadySeconds) {
        refuse(
            "minReadySeconds",
            plan.minReadySeconds,
            `expected less than progressDeadlineSeconds, ${plan.progressDeadlineSeconds}, or no rollout could ever succeed`,
        );
    }
    const sleep = profile.preStop?.sleep?.seconds ?? 0;
    const grace = profile.terminationGracePeriodSeconds ?? 30;
    if (sleep >= grace) {
        refuse(
            "preStop",
            profile.preStop,
            `expected less than terminationGracePeriodSeconds, ${grace}, which ends the pod`,
        );
    }
    const single = claims.find(isSingle);
    if (single !== undefined) {
        const path = `volumes.${single.volume}`;
        if (plan.maxReplicas > 1) {
            refuse(
                path,
                single.claim.accessMode ?? "ReadWriteOnce",
                `one pod at a time can have this claim, and there may be ${plan.maxReplicas}; expected "accessMode: ReadWriteMany", or one replica`,
            );
        }
        if (plan.strategy.type === "RollingUpdate") {
            refuse(
                "strategy",
                profile.strategy?.type,
                `the successor would wait for the claim "${single.name}" that its predecessor has; expected "type: Recreate", or nothing`,
            );
        }
    }
    problems.push(...findMountProblems(plan));
    const minAvailable = profile.podDisruptionBudget?.minAvailable ?? 0;
    if (minAvailable > 0 && minAvailable >= plan.maxReplicas) {
        refuse(
            "podDisruptionBudget",
            profile.podDisruptionBudget,
            `expected less than the replicas, ${plan.maxReplicas}, or no node could ever be drained`,
        );
    }
    return problems;
}

/** Two volumes at one path, and a sidecar's mount of a volume that nobody has. */
function findMountProblems({ profile, origins }: Omit<AgentPlan, "problems">): readonly string[] {
    const volumes = Object.entries(profile.volumes ?? {});
    const problems = volumes.flatMap(([name, { mountPath }], index) => {
        const other = volumes.slice(0, index).find(([, before]) => before.mountPath === mountPath)?.[0];
        return other === undefined
            ? []
            : [
                  `${whereIs(origins, `volumes.${name}`)}.mountPath: "${mountPath}": the volume "${other}" is there; expected a path of its own`,
              ];
    });
    for (const [name, { volumeMounts = [] }] of Object.entries(profile.sidecars ?? {})) {
        for (const mount of volumeMounts) {
            if (!volumes.some(([volume]) => volume === mount.name)) {
                problems.push(
                    `${whereIs(origins, `sidecars.${name}`)}.volumeMounts: "${mount.name}": no such volume; expected one of the agent's`,
                );
            }
        }
    }
    return problems;
}

/** Sidecars that nobody allowed: their images run beside every secret of the agent. */
function findForeignSidecars(
    { profile, origins }: Omit<AgentPlan, "problems">,
    repositories: readonly ImageReference[],
): readonly string[] {
    const wholeName = ({ registry, path }: ImageReference) => `${registry}/${path}`;
    return Object.entries(profile.sidecars ?? {}).flatMap(([name, { image }]) => {
        const parsed = parseImageReference(image);
        const repository = parsed.ok ? wholeName(parsed.reference) : image;
        const allowed = repositories.some((one) => `${repository}/`.startsWith(`${wholeName(one)}/`));
        const expected =
            repositories.map((one) => `"${one.repository}"`).join(", ") || "of which there is none";
        return allowed
            ? []
            : [
                  `${whereIs(origins, `sidecars.${name}`)}.image: "${image}": expected a repository of "sidecarRepositories" or one below it (${expected})`,
              ];
    });
}

/** The place of a value as people look for it: its file and its path there. */
export function whereIs(origins: ReadonlyMap<string, Origin>, path: string): string {
    const origin = origins.get(path);
    if (origin?.file === undefined) {
        return `${path} (built in)`;
    }
    return `${origin.file}: ${origin.path === undefined || origin.path === "" ? "" : `${origin.path}.`}${path}`;
}
