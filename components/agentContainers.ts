import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { AgentPlan } from "../config/agent/agentPlan";
import type { Profile } from "../config/agent/profileSchema";
import { AGENT_CONTAINER } from "../images/metadata";
import { withoutUndefined } from "./withoutUndefined";

type Container = kubernetes.types.input.core.v1.Container;

/** What every container of an agent's pod is held to; Pod Security "restricted" asks for the first two. */
export function containerSecurity({ securityContext }: Profile): Container["securityContext"] {
    const readOnly = securityContext?.readOnlyRootFilesystem;
    return {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        ...(readOnly === undefined ? {} : { readOnlyRootFilesystem: readOnly }),
    };
}

/** The container of the agent itself. */
export function agentContainer(image: pulumi.Input<string>, plan: AgentPlan): Container {
    const mounts = Object.entries(plan.profile.volumes ?? {}).map(([name, volume]) => {
        const { mountPath, subPath, readOnly } = volume;
        return withoutUndefined({ name, mountPath, subPath, readOnly });
    });
    return {
        name: AGENT_CONTAINER,
        image,
        // A digest never changes what it names, so a cached copy is the image.
        imagePullPolicy: "IfNotPresent",
        ...containerFields(plan.profile),
        resources: withoutUndefined(plan.resources),
        securityContext: containerSecurity(plan.profile),
        ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
    };
}

/** The containers beside the agent. */
export function sidecarContainers({ profile, sidecars }: AgentPlan): Container[] {
    return sidecars.map(({ name, sidecar, resources }) => ({
        name,
        image: sidecar.image,
        imagePullPolicy: "IfNotPresent",
        ...containerFields(sidecar),
        resources: withoutUndefined(resources),
        securityContext: containerSecurity(profile),
        ...(sidecar.volumeMounts === undefined
            ? {}
            : { volumeMounts: withoutUndefined(sidecar.volumeMounts) }),
    }));
}

type ContainerWords = Pick<
    Profile,
    "command" | "args" | "workingDir" | "ports" | "env" | "secretEnv" | "envFrom" | "probes" | "preStop"
>;

/** What an agent and a sidecar are told in the same words. */
function containerFields(words: ContainerWords): Partial<Container> {
    const { command, args, workingDir, ports, envFrom, preStop, probes } = words;
    return {
        ...withoutUndefined({
            command,
            args,
            workingDir,
            ports,
            envFrom,
            startupProbe: probes?.startup,
            readinessProbe: probes?.readiness,
            livenessProbe: probes?.liveness,
            lifecycle: preStop === undefined ? undefined : { preStop },
        }),
        env: environment(words),
    };
}

/** Sorted by name: the order in a file is no reason to roll a customer's pods. */
function environment({ env, secretEnv }: ContainerWords): kubernetes.types.input.core.v1.EnvVar[] {
    const plain = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }));
    const secret = Object.entries(secretEnv ?? {}).map(([name, { secret: from, key, optional }]) => ({
        name,
        valueFrom: { secretKeyRef: { name: from, key, ...(optional === undefined ? {} : { optional }) } },
    }));
    return [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : 1));
}
