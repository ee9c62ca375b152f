import * as fs from "node:fs";
import * as path from "node:path";
import type { RuntimeImages } from "../images/runtimeImages";
import type { ControlPlaneConfig } from "../platform/promotionConfig";
import { type Environment, environmentFile, readEnvironment } from "./environment";
import type { Announce } from "./moveEnvironment";
import { planPromotion } from "./planPromotion";
import type { OpenStack, PlatformStack } from "../engine/platformStack";
import type { Problem } from "./problem";
import { readVetoes } from "../config/vetoes";
import type { EnvironmentPlan } from "./promotion";
import type { PromotionRequest } from "./promotion";

/** Everything outside the files that a promotion talks to. */
export interface PromotionWorld {
    /** The project's root. */
    readonly root: string;
    /** Opens the stack of an environment; absent to write the pins alone. */
    readonly openStack: OpenStack | undefined;
    /** Why a registry does not serve an image, or `undefined` when it does. Never throws. */
    readonly registryTrouble: (repository: string, digest: string) => Promise<string | undefined>;
    /** Connects to a control plane with a token; the token is nowhere else. */
    readonly connectControlPlane: (config: ControlPlaneConfig, token: string) => Announce;
    /** Where tokens are read from. */
    readonly env: NodeJS.ProcessEnv;
    readonly now: () => Date;
    readonly log: (line: string) => void;
    /** Aborted, checks are left alone and no further environment is begun. */
    readonly signal?: AbortSignal;
    /** Called when all checks have been made and nothing has been changed yet. */
    readonly onChecked?: (environments: readonly PreparedEnvironment[]) => void;
}

/** An environment after its checks: what is to be done, or why not. */
export interface PreparedEnvironment {
    readonly name: string;
    readonly plan: EnvironmentPlan;
    /** All reasons against it; with one, nothing is done. */
    readonly problems: readonly Problem[];
    /** Absent when the environment's file or stack cannot be read. */
    readonly ready: ReadyEnvironment | undefined;
}

/** What can be worked on. */
export interface ReadyEnvironment {
    readonly environment: Environment;
    /** The text of its stack's file when it was read. */
    readonly text: string;
    readonly stack: PlatformStack | undefined;
    readonly deployed: RuntimeImages | undefined;
    readonly announce: Announce | undefined;
}

/** Makes all checks of one environment, those that ask stack and registry included. Never throws for what people can mend. */
export async function prepareEnvironment(
    name: string,
    request: PromotionRequest | undefined,
    unusable: readonly Problem[],
    world: PromotionWorld,
): Promise<PreparedEnvironment> {
    const opened = await openEnvironment(name, world);
    const problems = [...unusable, ...opened.problems];
    if (opened.ready === undefined || request === undefined) {
        return { name, plan: { runtimes: [], problems: [] }, problems, ready: opened.ready };
    }
    const { environment, deployed } = opened.ready;
    const { soak } = environment.config.promotion;
    const soakEnvironment = soak === undefined ? undefined : readEnvironment(world.root, soak.environment);
    const vetoes = readVetoes(world.root);
    const plan = planPromotion(request, {
        environment,
        soakEnvironment: soakEnvironment?.ok === true ? soakEnvironment.environment : undefined,
        vetoes,
        deployed,
    });
    const moving = plan.runtimes.filter(({ action }) => action === "promote" || action === "deploy");
    const missing = await Promise.all(
        moving.map(async ({ runtime, target }): Promise<Problem[]> => {
            const message =
                target === undefined
                    ? undefined
                    : await world.registryTrouble(target.repository, target.digest);
            return message === undefined ? [] : [{ check: "registry", runtime, message }];
        }),
    );
    problems.push(
        ...plan.problems,
        ...missing.flat(),
        ...(moving.length === 0 ? [] : findTokenTrouble(opened.ready, world)),
    );
    problems.push(...vetoes.problems.map((message): Problem => ({ check: "config", message })));
    return { name, plan, problems, ready: opened.ready };
}

/** Reads an environment's file and opens its stack. */
export async function openEnvironment(
    name: string,
    world: PromotionWorld,
): Promise<{ readonly problems: readonly Problem[]; readonly ready: ReadyEnvironment | undefined }> {
    const first = readEnvironment(world.root, name);
    if (!first.ok) {
        return {
            problems: first.problems.map((message) => ({ check: "config", message })),
            ready: undefined,
        };
    }
    let stack: PlatformStack | undefined;
    let deployed: RuntimeImages | undefined;
    const problems: Problem[] = [];
    try {
        stack = await world.openStack?.(name);
        deployed = await stack?.readImages();
    } catch (error) {
        problems.push({ check: "engine", message: error instanceof Error ? error.message : String(error) });
    }
    // Read after the stack was opened, since the engine may write its salt into the file then.
    const text = fs.readFileSync(path.join(world.root, environmentFile(name)), "utf8");
    const { environment } = first;
    const { controlPlane } = environment.config.promotion;
    const token = controlPlane === undefined ? "" : (world.env[controlPlane.tokenVariable] ?? "");
    const announce =
        controlPlane === undefined || stack === undefined
            ? undefined
            : world.connectControlPlane(controlPlane, token);
    return { problems, ready: { environment, text, stack, deployed, announce } };
}

/** A token that is missing is found out before anything is changed, not by the control plane afterwards. */
export function findTokenTrouble({ environment, stack }: ReadyEnvironment, world: PromotionWorld): Problem[] {
    const { controlPlane } = environment.config.promotion;
    if (controlPlane === undefined || (stack === undefined && world.openStack === undefined)) {
        return [];
    }
    const token = world.env[controlPlane.tokenVariable];
    const expected = `expected the token of ${new URL(controlPlane.url).origin} in it`;
    const trouble =
        token === undefined
            ? "is not set"
            : token === ""
              ? "is empty"
              : /^[\x21-\x7e]+$/.test(token)
                ? undefined
                : "has white space or other characters that no token has";
    return trouble === undefined
        ? []
        : [{ check: "token", message: `the variable ${controlPlane.tokenVariable} ${trouble}; ${expected}` }];
}
