import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { AgentPlan } from "../config/agent/agentPlan";
import type { Volume } from "../config/agent/volumeWords";
import { agentContainer, containerSecurity, sidecarContainers } from "./agentContainers";
import { bootGate } from "./bootGate";

type PodSpec = kubernetes.types.input.core.v1.PodSpec;

/** What an agent's pods are made from. */
export interface AgentPodArgs {
    /** The image, as it is written into the Deployment. */
    readonly image: pulumi.Input<string>;
    readonly plan: AgentPlan;
    /** What selects the agent's pods: whom they are spread from. */
    readonly selector: Readonly<Record<string, string>>;
    readonly serviceAccountName: pulumi.Input<string>;
}

/** The spec of an agent's pods, under Pod Security "restricted" whatever its plan says. */
export function agentPod({ image, plan, selector, serviceAccountName }: AgentPodArgs): PodSpec {
    const { profile } = plan;
    const gate = bootGate(image, plan.bootGate, containerSecurity(profile));
    const volumes = Object.entries(profile.volumes ?? {}).map(([name, volume]) =>
        podVolume(name, volume, plan),
    );
    const { runAsUser, runAsGroup, fsGroup, fsGroupChangePolicy, supplementalGroups } =
        profile.securityContext ?? {};
    return {
        serviceAccountName,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: {
            runAsNonRoot: true,
            runAsUser,
            runAsGroup,
            fsGroup,
            fsGroupChangePolicy,
            supplementalGroups,
            seccompProfile: { type: "RuntimeDefault" },
        },
        terminationGracePeriodSeconds: profile.terminationGracePeriodSeconds,
        runtimeClassName: profile.runtimeClassName,
        nodeSelector: profile.nodeSelector,
        tolerations: profile.tolerations,
        affinity: profile.affinity,
        priorityClassName: profile.priorityClassName,
        topologySpreadConstraints: profile.topologySpreadConstraints?.map((constraint) => ({
            ...constraint,
            labelSelector: { matchLabels: selector },
        })),
        initContainers: gate && [gate],
        containers: [agentContainer(image, plan), ...sidecarContainers(plan)],
        volumes: volumes.length === 0 ? undefined : volumes,
    };
}

function podVolume(
    name: string,
    { emptyDir, configMap, secret }: Volume,
    { claims }: AgentPlan,
): kubernetes.types.input.core.v1.Volume {
    const claim = claims.find(({ volume }) => volume === name);
    return {
        name,
        emptyDir,
        configMap,
        secret,
        persistentVolumeClaim: claim && { claimName: claim.name },
    };
}
