import * as fs from "node:fs";
import * as path from "node:path";
import type { ImageReference } from "../images/imageReference";
import type { LiveAgents } from "../kube/readAgents";
import type { ControlPlaneConfig } from "../platform/promotionConfig";
import { type Environment, environmentFile, readEnvironments } from "./environment";
import { planPromotion } from "./planPromotion";
import { type OffAgent, findOffAgents } from "./coreFleetLive";
import { type Announce, readCaFile } from "./controlPlane";
import { asks } from "./mayMove";
import type { DeployedPlatform, OpenStack, PlatformStack } from "../engine/platformStack";
import type { Problem } from "./problem";
import { readVetoes } from "../config/vetoes";
import type { RegistryTrouble } from "../registry/registryClient";
import { type EnvironmentState, type PromotionRequest, type RuntimePlan, movesOf } from "./promotion";
import { messageOf } from "../lib/text/mendableError";

/** Everything outside the files that a promotion talks to. */
export interface PromotionWorld {
    /** The project's root. */
    readonly root: string;
    /** Opens the stack of an environment; absent to write the pins alone. */
    readonly openStack: OpenStack | undefined;
    /** Opens a stack that is only read: that of the soak time's environment. */
    readonly readStack?: OpenStack;
    /** Reads the core fleet of an environment's cluster. */
    readonly lookAtFleet?: (environment: Environment) => Promise<LiveAgents>;
    /** Why a registry does not serve an image, or cannot be asked; `undefined` when it does. Never throws. */
    readonly registryTrouble: (repository: string, digest: string) => Promise<RegistryTrouble | undefined>;
    /** Connects to a control plane with a token; the token is nowhere else. */
    readonly connectControlPlane: (config: ControlPlaneConfig, token: string) => Announce;
    /** Where tokens are read from. */
    readonly env: NodeJS.ProcessEnv;
    readonly now: () => Date;
    readonly log: (line: string) => void;
    /** Aborted, checks are left alone and no further environment is begun. */
    readonly signal?: AbortSignal;
}

/** An environment after its checks: what is to be done, or why not. */
export interface PreparedEnvironment {
    readonly name: string;
    readonly runtimes: readonly RuntimePlan[];
    /** All reasons against it; with one, nothing is done. */
    readonly problems: readonly Problem[];
    /** Whether it may be queued where it only has to wait. */
    readonly mayWait?: boolean;
    /** Absent when the environment's file or stack cannot be read. */
    readonly ready: ReadyEnvironment | undefined;
}

/** What can be worked on. */
export interface ReadyEnvironment {
    readonly environment: Environment;
    /** The text of its stack's file when it was read. */
    readonly text: string;
    readonly stack: PlatformStack | undefined;
    readonly deployed: DeployedPlatform | undefined;
    /** The core fleet's Deployments that are not on their pins; `undefined` when nobody was asked. */
    readonly off: readonly OffAgent[] | undefined;
    /** Whether the cluster is not what the stack's state says: an update that trusts the state would then change nothing. */
    readonly refresh: boolean;
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
        return { name, runtimes: [], problems, ready: opened.ready };
    }
    const { environment } = opened.ready;
    const { soak } = environment.config.promotion;
    const [soakEnvironment] = soak ? readEnvironments(world.root, [soak.environment]).environments : [];
    const { runtimes, problems: found } = planPromotion(request, {
        ...opened.ready,
        soakEnvironment,
        ...(soak && (await readSoakStack(soak.environment, world))),
        vetoes: readVetoes(world.root),
    });
    problems.push(
        ...found,
        ...(await findMissingImages(runtimes, world)),
        ...findTokenTrouble(runtimes, opened.ready, world),
    );
    return { name, runtimes, problems, mayWait: request.whenAllowed, ready: opened.ready };
}

/** The images of the moves that their registries do not serve. */
export async function findMissingImages(
    runtimes: readonly RuntimePlan[],
    world: PromotionWorld,
): Promise<readonly Problem[]> {
    const found = await Promise.all(
        movesOf(runtimes).map(async ({ runtime, act }): Promise<Problem[]> => {
            const image = runtimes.find((plan) => plan.runtime === runtime)?.target?.image;
            if (image === undefined || !asks(act, "registry")) {
                return [];
            }
            const trouble =
                image.digest === undefined
                    ? { message: "it is pinned by a tag; expected a digest" }
                    : await world.registryTrouble(image.repository, image.digest);
            return trouble === undefined ? [] : [{ check: "registry", runtime, ...trouble }];
        }),
    );
    return found.flat();
}

/** What the soak time's stack has deployed, or why that cannot be read. */
async function readSoakStack(
    name: string,
    world: PromotionWorld,
): Promise<Pick<EnvironmentState, "soakDeployed" | "soakUnread">> {
    try {
        const stack = await (world.readStack ?? world.openStack)?.(name);
        return { soakDeployed: await stack?.readDeployed() };
    } catch (error) {
        return { soakUnread: messageOf(error) };
    }
}

/** Reads an environment's file and opens its stack. */
export async function openEnvironment(
    name: string,
    world: PromotionWorld,
): Promise<{ readonly problems: readonly Problem[]; readonly ready: ReadyEnvironment | undefined }> {
    const read = readEnvironments(world.root, [name]);
    const [environment] = read.environments;
    const problems = read.problems.map((message): Problem => ({ check: "config", message, unknown: true }));
    if (environment === undefined) {
        return { problems, ready: undefined };
    }
    let stack: PlatformStack | undefined;
    let deployed: DeployedPlatform | undefined;
    try {
        stack = await world.openStack?.(name);
        deployed = await stack?.readDeployed();
    } catch (error) {
        problems.push({ check: "engine", message: messageOf(error), unknown: true });
    }
    // Read once more after the stack was opened, since the engine may write its salt into the file then.
    const text = fs.readFileSync(path.join(world.root, environmentFile(name)), "utf8");
    const live = deployed === undefined ? undefined : await lookAtFleet(environment, world, problems);
    const { controlPlane } = environment.config.promotion;
    const { coreFleet, runtimes } = environment.config;
    const imagesOf = (pins: ReadonlyMap<string, { readonly image?: ImageReference }>) =>
        new Map([...pins].flatMap(([runtime, { image }]) => (image === undefined ? [] : [[runtime, image]])));
    const tells = stack === undefined ? undefined : controlPlane;
    const ready: ReadyEnvironment = {
        environment,
        text,
        stack,
        deployed,
        off: live && findOffAgents(coreFleet, live, imagesOf(runtimes)),
        refresh:
            live !== undefined &&
            findOffAgents(coreFleet, live, imagesOf(deployed?.pins ?? new Map())).length > 0,
        announce: tells && world.connectControlPlane(tells, world.env[tells.tokenVariable] ?? ""),
    };
    return { problems, ready };
}

async function lookAtFleet(
    environment: Environment,
    world: PromotionWorld,
    problems: Problem[],
): Promise<LiveAgents | undefined> {
    try {
        return environment.config.coreFleet.agents.length === 0
            ? undefined
            : await world.lookAtFleet?.(environment);
    } catch (error) {
        const message = `what the core fleet really has cannot be read: ${messageOf(error)}`;
        problems.push({ check: "cluster", message, unknown: true });
        return undefined;
    }
}

/** What is wrong with a token or an authority's file is found out before anything is changed, not by the control plane afterwards. */
export function findTokenTrouble(
    runtimes: readonly RuntimePlan[],
    { environment, stack }: ReadyEnvironment,
    world: PromotionWorld,
): readonly Problem[] {
    const { controlPlane } = environment.config.promotion;
    if (
        controlPlane === undefined ||
        (stack === undefined && world.openStack === undefined) ||
        !movesOf(runtimes).some(({ act }) => asks(act, "token"))
    ) {
        return [];
    }
    const problems: Problem[] = [];
    const token = world.env[controlPlane.tokenVariable];
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
        const strange = "has white space or other characters that no token has";
        const trouble = token === undefined ? "is not set" : token === "" ? "is empty" : strange;
        const message = `the variable ${controlPlane.tokenVariable} ${trouble}; expected the token of ${new URL(controlPlane.url).origin} in it`;
        problems.push({ check: "token", message });
    }
    try {
        readCaFile(controlPlane.caFile, world.root, environmentFile(environment.name));
    } catch (error) {
        problems.push({ check: "control-plane", message: (error as Error).message });
    }
    return problems;
}
