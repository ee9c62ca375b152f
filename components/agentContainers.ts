import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { AgentPlan } from "../config/agent/agentPlan";
import type { Profile } from "../config/agent/profileSchema";
import { AGENT_CONTAINER } from "../images/metadata";

type Container = kubernetes.types.input.core.v1.Container;

/** What every container of an agent's pod is held to; Pod Security "restricted" asks for the first two. */
export function containerSecurity({ securityContext }: Profile): Container["securityContext"] {
    return {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        readOnlyRootFilesystem: securityContext?.readOnlyRootFilesystem,
    };
}

/** The container of the agent itself. */
export function agentContainer(image: pulumi.Input<string>, plan: AgentPlan): Container {
    const mounts = Object.entries(plan.profile.volumes ?? {}).map(
        ([name, { mountPath, subPath, readOnly }]) => ({ name, mountPath, subPath, readOnly }),
    );
    return {
        ...containerOf(AGENT_CONTAINER, image, plan.profile, plan),
        volumeMounts: mounts.length === 0 ? undefined : mounts,
    };
}

/** The containers beside the agent. */
export function sidecarContainers({ profile, sidecars }: AgentPlan): Container[] {
    return sidecars.map(({ name, sidecar, resources }) => ({
        ...containerOf(name, sidecar.image, sidecar, { profile, resources }),
        volumeMounts: sidecar.volumeMounts,
    }));
}

type ContainerWords = Pick<
    Profile,
    "command" | "args" | "workingDir" | "ports" | "env" | "secretEnv" | "envFrom" | "probes" | "preStop"
>;

/** What an agent and a sidecar have in common, and are told in the same words. */
function containerOf(
    name: string,
    image: pulumi.Input<string>,
    words: ContainerWords,
    { profile, resources }: Pick<AgentPlan, "profile" | "resources">,
): Container {
    const { command, args, workingDir, ports, envFrom, preStop, probes } = words;
    return {
        name,
        image,
        // A digest never changes what it names, so a cached copy is the image.
        imagePullPolicy: "IfNotPresent",
        command,
        args,
        workingDir,
        ports,
        envFrom,
        startupProbe: probes?.startup,
        readinessProbe: probes?.readiness,
        livenessProbe: probes?.liveness,
        lifecycle: preStop && { preStop },
        env: environment(words),
        resources,
        securityContext: containerSecurity(profile),
    };
}

/**
 * Sorted by name, since the order in a file is no reason to roll a customer's pods; but a variable that another one refers to stands
 * before it, since Kubernetes knows only those that were declared before: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function environment({ env, secretEnv }: ContainerWords): kubernetes.types.input.core.v1.EnvVar[] {
    const plain = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }));
    const secret = Object.entries(secretEnv ?? {}).map(([name, { secret: from, key, optional }]) => ({
        name,
        valueFrom: { secretKeyRef: { name: from, key, optional } },
    }));
    const all = [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : 1));
    const byName = new Map(all.map((variable) => [variable.name, variable]));
    const ordered = new Set<(typeof all)[number]>();
    const place = (variable: (typeof all)[number], behind: readonly string[]) => {
        const { name } = variable;
        for (const referred of "value" in variable ? findReferences(variable.value) : []) {
            const other = byName.get(referred);
            // Of two that refer to each other none can be first.
            if (
                other !== undefined &&
                !ordered.has(other) &&
                referred !== name &&
                !behind.includes(referred)
            ) {
                place(other, [...behind, name]);
            }
        }
        ordered.add(variable);
    };
    all.forEach((variable) => {
        place(variable, []);
    });
    return [...ordered];
}

/** The variables that a value refers to: `$(NAME)`, but not `$$(NAME)`, which stands for itself. */
function findReferences(value: string): readonly string[] {
    return [...value.matchAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g)].flatMap(([, name]) => name ?? []);
}
