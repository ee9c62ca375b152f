import type { ImageReference } from "../../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import { mergeResources } from "../mergeResources";
import type { Resources } from "./containerWords";
import type { AgentPlan, PlannedClaim, PlannedSidecar, RolloutStrategy } from "./agentPlan";
import { findProblems } from "./findProblems";
import { type ProfileLayer, mergeProfiles } from "./mergeProfiles";
import type { Profile } from "./profileSchema";
import { isSingle } from "./volumeWords";

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
        sidecars: planSidecars(profile),
        origins,
    };
    return { ...plan, problems: findProblems(plan, sidecarRepositories) };
}

function planSidecars({ sidecars = {} }: Profile): readonly PlannedSidecar[] {
    return Object.entries(sidecars)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, sidecar]) => ({
            name,
            sidecar,
            resources: mergeResources([DEFAULT_RESOURCES, sidecar.resources]),
        }));
}

/** A customer keeps the running pod until its successor is ready, so a bad image takes nothing away; unless only one can have the claim. */
function strategyOf({ strategy }: Profile, claims: readonly PlannedClaim[]): RolloutStrategy {
    if (
        strategy?.type === "Recreate" ||
        (strategy === undefined && claims.some(({ claim }) => isSingle(claim)))
    ) {
        return { type: "Recreate" };
    }
    const { maxSurge = 1, maxUnavailable = 0 } = strategy?.rollingUpdate ?? {};
    return { type: "RollingUpdate", maxSurge, maxUnavailable };
}
