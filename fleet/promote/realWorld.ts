import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { userInfo } from "node:os";
import * as path from "node:path";
import { findEngine } from "../../local/engine";
import { connectControlPlane } from "../controlPlane/controlPlane";
import { FleetError } from "../exitCodes";
import { registryTrouble } from "../registry/registryClient";
import { PLATFORM_DIRECTORY, environmentFile, listEnvironments } from "./environment";
import { type OpenStack, pulumiStacks } from "./platformStack";
import type { PromotionWorld } from "./prepareEnvironment";

/** What every command that moves pins can be told. */
export interface WorldOptions {
    /** The project's root; the working directory when left out. */
    readonly project?: string | undefined;
    /** Write the pins alone: no engine, no control plane. */
    readonly configOnly?: boolean | undefined;
    readonly policyPack?: string | undefined;
    readonly policyPackConfig?: string | undefined;
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
            throw new FleetError(
                `${engine.reason}; expected a Pulumi engine, or --config-only to write the pins alone`,
            );
        }
        return open(environment);
    };
}

/**
 * The project's root that a command works on.
 *
 * @throws FleetError when there is no platform project in it
 */
export function projectRoot(project = process.cwd()): string {
    const root = path.resolve(project);
    if (!fs.existsSync(path.join(root, PLATFORM_DIRECTORY, "Pulumi.yaml"))) {
        throw new FleetError(
            `"${root}" has no ${PLATFORM_DIRECTORY}/Pulumi.yaml; expected the project's root: run this there, or name it with --project`,
        );
    }
    return root;
}

/**
 * Refuses environments that there are not.
 *
 * @throws FleetError that names those that there are
 */
export function assertEnvironments(root: string, names: readonly string[]): void {
    const known = listEnvironments(root);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        const files = unknown.map((name) => `"${name}" (${environmentFile(name)})`).join(", ");
        throw new FleetError(`there is no environment ${files}; expected one of ${known.join(", ")}`);
    }
}

/** Who runs a command, for the record: as they say, the pipeline's run, git's user, or the system's. */
export function whoami(by: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
    if (by !== undefined && by !== "") {
        return by;
    }
    const {
        GITHUB_ACTOR: actor,
        GITHUB_SERVER_URL: server,
        GITHUB_REPOSITORY: repository,
        GITHUB_RUN_ID: run,
    } = env;
    if (actor !== undefined && actor !== "") {
        const known = [server, repository, run].every((part) => part !== undefined && part !== "");
        return known ? `${actor} (${server ?? ""}/${repository ?? ""}/actions/runs/${run ?? ""})` : actor;
    }
    try {
        const email = execFileSync("git", ["config", "user.email"], {
            encoding: "utf8",
            stdio: "pipe",
        }).trim();
        if (email !== "") {
            return email;
        }
    } catch {
        // No git, or no user in its config.
    }
    return userInfo().username;
}

/** Aborts at the first SIGINT, SIGTERM or SIGHUP, so that a promotion can put back what it has not finished. */
export function interruption(): AbortSignal {
    const controller = new AbortController();
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(name, () => {
            controller.abort(new FleetError(`interrupted by ${name}; run this again to finish it`));
        });
    }
    return controller.signal;
}
