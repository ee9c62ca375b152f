import { type ImageReference, parseImageReference } from "../../images/imageReference";
import type { Origin } from "./mergeProfiles";
import type { AgentPlan } from "./agentPlan";
import { isSingle } from "./volumeWords";

type Plan = Omit<AgentPlan, "problems">;

/** What the layers of an agent make together that cannot be, each with where to mend it. Pure. */
export function findProblems(plan: Plan, sidecarRepositories: readonly ImageReference[]): readonly string[] {
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
    const single = claims.find(({ claim }) => isSingle(claim));
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
    problems.push(...findMountProblems(plan), ...findForeignSidecars(plan, sidecarRepositories));
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
function findMountProblems({ profile, origins }: Plan): readonly string[] {
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
    { profile, origins }: Plan,
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
