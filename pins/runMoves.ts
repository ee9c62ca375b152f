import * as path from "node:path";
import { findEngine } from "../engine/findEngine";
import { connectControlPlane } from "./controlPlane";
import { MendableError } from "../lib/text/mendableError";
import type { CommandIo } from "../lib/system/commandIo";
import type { Interruption } from "../lib/system/interruption";
import { printable } from "../lib/text/printable";
import { whoami } from "../lib/system/whoami";
import { registryTrouble } from "../registry/registryClient";
import { liveWorld } from "../proof/liveWorld";
import { projectRoot } from "./environment";
import { type OpenStack, pulumiStacks } from "../engine/platformStack";
import { printReport } from "./formatPromotion";
import type { PromotionWorld } from "./prepareEnvironment";
import type { AskedMove } from "./promotion";
import type { PromotionReport } from "./report";

/** What every command that moves pins can be told. */
export interface MoveOptions {
    readonly env: readonly string[];
    readonly runtime: readonly string[];
    readonly breakGlass?: string;
    readonly by?: string;
    readonly json?: boolean;
    /** The project's root; the working directory when left out. */
    readonly project?: string;
    /** Write the pins alone: no engine, no control plane. */
    readonly configOnly?: boolean;
    readonly policyPack?: string;
    readonly policyPackConfig?: string;
}

/**
 * Moves pins in the real world, prints the report, and returns the exit code: 0 all done, 1 something was refused, failed, or is not
 * proven yet, 2 something could not be found out.
 */
export async function runMoves(
    options: MoveOptions,
    io: CommandIo,
    title: string,
    move: (asked: AskedMove, world: PromotionWorld) => Promise<PromotionReport>,
): Promise<number> {
    const { env, runtime, breakGlass, by } = options;
    const root = projectRoot(options.project, env);
    const interrupted = io.interruption((signal) => {
        io.err(
            `${signal}: what was begun is finished, and nothing more is begun; once more asks the engine to stop`,
        );
    }, 3);
    const only = runtime.length === 0 ? undefined : runtime;
    const asked = { environments: env, only, breakGlass, by: await whoami(by) };
    const report = await move(asked, realWorld(root, options, io, interrupted));
    return printReport(report, title, options.json, io, interrupted.exitCode());
}

/** The world as it is: the real engine, registries and control planes. Progress goes to standard error. */
function realWorld(
    root: string,
    { configOnly, policyPack, policyPackConfig }: MoveOptions,
    io: CommandIo,
    interrupted: Interruption,
): PromotionWorld {
    const absolute = (file: string | undefined) => file && path.resolve(root, file);
    const open = withEngine(
        pulumiStacks(root, {
            policyPack: absolute(policyPack),
            policyPackConfig: absolute(policyPackConfig),
            onOutput: io.pass,
            interrupted,
        }),
    );
    const look: PromotionWorld["lookAtFleet"] = ({ config: { kubeContext, kubeconfig, coreFleet } }) =>
        liveWorld({ kubeContext, kubeconfig, namespace: coreFleet.namespace }).look();
    return {
        root,
        openStack: configOnly === true ? undefined : open,
        readStack: open,
        lookAtFleet: configOnly === true ? undefined : look,
        registryTrouble,
        connectControlPlane: (config, token) => connectControlPlane(config, token, root),
        env: io.env,
        now: io.now,
        log: (line) => {
            io.err(printable(line));
        },
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
