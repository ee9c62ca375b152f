import type { AgentPlan } from "./agentPlan";
import type { Profile } from "./profileSchema";

/** An object of an agent's namespace without which its pods do not start. Its values are never read. */
export interface NeededObject {
    readonly kind: "Secret" | "ConfigMap";
    readonly name: string;
}

/**
 * What must be in an agent's namespace before its pods can start: what it and its sidecars read variables and files from, but for
 * what is `optional`. Pure.
 *
 * @param imagePullSecrets with which its images are pulled
 */
export function neededObjects(
    { profile }: Pick<AgentPlan, "profile">,
    imagePullSecrets: readonly string[] = [],
): readonly NeededObject[] {
    const secrets = new Set(imagePullSecrets);
    const configMaps = new Set<string>();
    const need = (names: Set<string>, name: string | undefined, optional = false) => {
        if (name !== undefined && !optional) {
            names.add(name);
        }
    };
    const containers: readonly Pick<Profile, "secretEnv" | "envFrom">[] = [
        profile,
        ...Object.values(profile.sidecars ?? {}),
    ];
    for (const { secretEnv = {}, envFrom = [] } of containers) {
        for (const { secret, optional } of Object.values(secretEnv)) {
            need(secrets, secret, optional);
        }
        for (const { secretRef, configMapRef } of envFrom) {
            need(secrets, secretRef?.name, secretRef?.optional);
            need(configMaps, configMapRef?.name, configMapRef?.optional);
        }
    }
    for (const { secret, configMap } of Object.values(profile.volumes ?? {})) {
        need(secrets, secret?.secretName, secret?.optional);
        need(configMaps, configMap?.name, configMap?.optional);
    }
    return [
        ...[...secrets].sort().map((name) => ({ kind: "Secret" as const, name })),
        ...[...configMaps].sort().map((name) => ({ kind: "ConfigMap" as const, name })),
    ];
}
