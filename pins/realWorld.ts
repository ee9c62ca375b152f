import * as path from "node:path";
import { findEngine } from "../engine/findEngine";
import { connectControlPlane } from "./controlPlane";
import { MendableError } from "../lib/text/mendableError";
import type { CommandIo } from "../lib/system/commandIo";
import type { Interruption } from "../lib/system/interruption";
import { registryTrouble } from "./registry/registryClient";
import { liveWorld } from "../proof/liveWorld";
import { projectRoot } from "./environment";
import { type OpenStack, pulumiStacks } from "../engine/platformStack";
import type { PromotionWorld } from "./prepareEnvironment";

/** What every command that moves pins can be told. */
export interface WorldOptions {
    /** The project's root; the working directory when left out. */
    readonly project?: string;
    /** Write the pins alone: no engine, no control plane. */
    readonly configOnly?: boolean;
    readonly policyPack?: string;
    readonly policyPackConfig?: string;
}

/** The world as it is: the real engine, registries and control planes. Progress goes to standard error. */
export function realWorld(options: WorldOptions, io: CommandIo, interrupted: Interruption): PromotionWorld {
    const root = projectRoot(options.project);
    const absolute = (file: string | undefined) =>
        file === undefined ? undefined : path.resolve(root, file);
    const stacks = pulumiStacks(root, {
        policyPack: absolute(options.policyPack),
        policyPackConfig: absolute(options.policyPackConfig),
        onOutput: io.pass,
        interrupted,
    });
    return {
        root,
        openStack: options.configOnly === true ? undefined : withEngine(stacks),
        readStack: withEngine(stacks),
        lookAtFleet:
            options.configOnly === true
                ? undefined
                : ({ config: { kubeContext, kubeconfig, coreFleet } }) =>
                      liveWorld({ kubeContext, kubeconfig, namespace: coreFleet.namespace }).look(),
        registryTrouble,
        connectControlPlane: (config, token) => connectControlPlane(config, token, root),
        env: io.env,
        now: io.now,
        log: io.err,
        signal: interrupted.signal,
    };
}

function withEngine(open: OpenStack): OpenStack {
    return async (environment) => {
        const engine = await findEngine();
        if (!engine.ok) {
            throw new MendableError(
                `${engine.reason}; expected a Pulumi engine, or --config-only to write the pins alone`,
            );
        }
        return open(environment);
    };
}
