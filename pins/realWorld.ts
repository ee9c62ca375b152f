import * as path from "node:path";
import { findEngine } from "../engine/findEngine";
import { connectControlPlane } from "./controlPlane";
import { MendableError } from "../lib/text/mendableError";
import { registryTrouble } from "./registry/registryClient";
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
export function realWorld(options: WorldOptions, signal?: AbortSignal): PromotionWorld {
    const root = projectRoot(options.project);
    const absolute = (file: string | undefined) =>
        file === undefined ? undefined : path.resolve(root, file);
    const stacks = pulumiStacks(root, {
        policyPack: absolute(options.policyPack),
        policyPackConfig: absolute(options.policyPackConfig),
        onOutput: (text) => {
            process.stderr.write(text);
        },
        signal,
    });
    return {
        root,
        openStack: options.configOnly === true ? undefined : withEngine(stacks),
        registryTrouble,
        connectControlPlane: (config, token) => connectControlPlane(config, token, root),
        env: process.env,
        now: () => new Date(),
        log: (line) => {
            console.error(line);
        },
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

/** Aborts at the first SIGINT, SIGTERM or SIGHUP, so that a promotion can put back what it has not finished. */
export function interruption(): AbortSignal {
    const controller = new AbortController();
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(name, () => {
            controller.abort(new MendableError(`interrupted by ${name}; run this again to finish it`));
        });
    }
    return controller.signal;
}
