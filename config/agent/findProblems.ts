import { type ImageReference, parseImageReference } from "../../images/imageReference";
import type { Origin } from "./mergeProfiles";
import type { AgentPlan } from "./agentPlan";
import type { Profile } from "./profileSchema";
import { isSingle } from "./volumeWords";

type Plan = Omit<AgentPlan, "problems">;

/** What the layers of an agent make together that cannot be, each with where to mend it. Pure. */
export function findProblems(plan: Plan, sidecarRepositories: readonly ImageReference[]): readonly string[] {
    const problems: string[] = [];
    /** `inner` is the part of a value that layers take whole: `volumes.state` and `.mountPath`. */
    const refuse: Refuse = (path, value, message, inner = "") => {
        problems.push(`${whereIs(plan.origins, path)}${inner}: ${JSON.stringify(value)}: ${message}`);
    };
    refuseTimes(plan, refuse);
    refuseSingleClaim(plan, refuse);
    refuseMounts(plan.profile, refuse);
    refuseUnknownPorts(plan.profile, refuse);
    refuseForeignSidecars(plan.profile, sidecarRepositories, refuse);
    const { podDisruptionBudget } = plan.profile;
    const minAvailable = podDisruptionBudget?.minAvailable ?? 0;
    if (minAvailable > 0 && minAvailable >= plan.maxReplicas) {
        refuse(
            "podDisruptionBudget",
            podDisruptionBudget,
            `expected less than the replicas, ${plan.maxReplicas}, or no node could ever be drained`,
        );
    }
    return problems;
}

type Refuse = (path: string, value: unknown, message: string, inner?: string) => void;

function refuseTimes(plan: Plan, refuse: Refuse): void {
    const { profile, minReadySeconds, progressDeadlineSeconds, strategy } = plan;
    if (progressDeadlineSeconds <= minReadySeconds) {
        refuse(
            "minReadySeconds",
            minReadySeconds,
            `expected less than progressDeadlineSeconds, ${progressDeadlineSeconds}, or no rollout could ever succeed`,
        );
    }
    const { preStop, terminationGracePeriodSeconds: grace = 30 } = profile;
    if ((preStop?.sleep?.seconds ?? 0) >= grace) {
        refuse(
            "preStop",
            preStop,
            `expected less than terminationGracePeriodSeconds, ${grace}, which ends the pod`,
        );
    }
    if (strategy.type === "Recreate" && grace + minReadySeconds >= progressDeadlineSeconds) {
        refuse(
            "terminationGracePeriodSeconds",
            grace,
            `the old pod may take this long to end before the new one begins (Recreate), and minReadySeconds is ${minReadySeconds}; ` +
                `expected both together below progressDeadlineSeconds, ${progressDeadlineSeconds}, or a rollout that goes well counts as failed`,
        );
    }
}

/** A claim that one pod at a time can have. */
function refuseSingleClaim({ profile, claims, maxReplicas, strategy }: Plan, refuse: Refuse): void {
    const single = claims.find(({ claim }) => isSingle(claim));
    if (single !== undefined && maxReplicas > 1) {
        refuse(
            `volumes.${single.volume}`,
            single.claim.accessMode ?? "ReadWriteOnce",
            `one pod at a time can have this claim, and there may be ${maxReplicas}; expected "accessMode: ReadWriteMany", or one replica`,
        );
    }
    if (single !== undefined && strategy.type === "RollingUpdate") {
        refuse(
            "strategy",
            profile.strategy?.type,
            `the successor would wait for the claim "${single.name}" that its predecessor has; expected "type: Recreate", or nothing`,
        );
    }
}

/** Two volumes at one path, and a sidecar's mount of a volume that nobody has. */
function refuseMounts({ volumes = {}, sidecars = {} }: Profile, refuse: Refuse): void {
    const taken = new Map<string, string>();
    for (const [name, { mountPath }] of Object.entries(volumes)) {
        const other = taken.get(mountPath);
        if (other !== undefined) {
            refuse(
                `volumes.${name}`,
                mountPath,
                `the volume "${other}" is there; expected a path of its own`,
                ".mountPath",
            );
        }
        taken.set(mountPath, other ?? name);
    }
    for (const [name, { volumeMounts = [] }] of Object.entries(sidecars)) {
        for (const mount of volumeMounts.filter((one) => !Object.hasOwn(volumes, one.name))) {
            refuse(
                `sidecars.${name}`,
                mount.name,
                "no such volume; expected one of the agent's",
                ".volumeMounts",
            );
        }
    }
}

/** A probe or a handler that asks at a port by a name that no port has: it would never be answered. */
function refuseUnknownPorts(profile: Profile, refuse: Refuse): void {
    const containers = [["", profile] as const, ...Object.entries(profile.sidecars ?? {})];
    for (const [sidecar, { ports = [], probes = {}, preStop }] of containers) {
        const asked = (["startup", "readiness", "liveness"] as const).map((name) => ({
            word: `probes.${name}`,
            port: (probes[name]?.httpGet ?? probes[name]?.tcpSocket)?.port,
        }));
        for (const { word, port } of [...asked, { word: "preStop", port: preStop?.httpGet?.port }]) {
            if (typeof port === "string" && !ports.some(({ name }) => name === port)) {
                const [path, inner] = sidecar === "" ? [word, ""] : [`sidecars.${sidecar}`, `.${word}`];
                refuse(
                    path,
                    port,
                    'no port has this name; expected a name under "ports", or a number',
                    inner,
                );
            }
        }
    }
}

/** Sidecars that nobody allowed: their images run beside every secret of the agent. */
function refuseForeignSidecars(
    { sidecars = {} }: Profile,
    repositories: readonly ImageReference[],
    refuse: Refuse,
): void {
    const wholeName = ({ registry, path }: ImageReference) => `${registry}/${path}`;
    const expected = repositories.map((one) => `"${one.repository}"`).join(", ") || "of which there is none";
    for (const [name, { image }] of Object.entries(sidecars)) {
        const parsed = parseImageReference(image);
        const repository = parsed.ok ? wholeName(parsed.reference) : image;
        if (!repositories.some((one) => `${repository}/`.startsWith(`${wholeName(one)}/`))) {
            refuse(
                `sidecars.${name}`,
                image,
                `expected a repository of "sidecarRepositories" or one below it (${expected})`,
                ".image",
            );
        }
    }
}

/** The place of a value as people look for it: its file and its path there. */
export function whereIs(origins: ReadonlyMap<string, Origin>, path: string): string {
    const origin = origins.get(path);
    if (origin?.file === undefined) {
        return `${path} (built in)`;
    }
    return `${origin.file}: ${origin.path === undefined || origin.path === "" ? "" : `${origin.path}.`}${path}`;
}
