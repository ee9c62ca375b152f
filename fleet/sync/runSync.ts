import * as os from "node:os";
import type { LoadedStack } from "../../config/loadStack";
import { loadNamedStack, nameOfStack } from "../../config/loadStacks";
import { whatForbids } from "../../config/prohibition";
import { describeVeto, loadVetoes } from "../../config/vetoes";
import type { ImageReference } from "../../images/imageReference";
import { ApiError } from "../../kube/apiError";
import { readClusterIdentity } from "../../kube/clusterIdentity";
import { type KubeClient, connectKube } from "../../kube/kubeClient";
import { type LiveCluster, readCluster } from "../../kube/readCluster";
import { MendableError } from "../../lib/text/mendableError";
import { onlyLooking } from "../../lib/system/interruption";
import { printable } from "../../lib/text/printable";
import { quoteNames } from "../../lib/text/quoteValue";
import type { CommandIo } from "../../lib/system/commandIo";
import { connectStack } from "../../engine/connectStack";
import { resultLine, syncCountsLine } from "./describeSync";
import type { SourceOptions } from "../stale/gatherFleet";
import { readReferenceDeployment, readReferencePins, referenceDeployment } from "./findSyncReference";
import { judgeResults } from "./judgeResults";
import type { SyncReference } from "./reference";
import { type SyncResult, syncFleet } from "./syncFleet";

/**
 * Runs `fleet sync`. Results go to stdout, one line an agent and the counts last; what people only watch goes to stderr.
 *
 * @returns the exit code
 * @throws MendableError when it refuses, before anything was changed
 */
export async function runSync(options: SyncOptions, io: CommandIo): Promise<number> {
    const stack =
        options.stack === undefined ? undefined : loadNamedStack(options.project, nameOfStack(options.stack));
    checkOptions(options, stack);
    const forbids = forbidder(options.project);
    const stopping = io.interruption((signal) => {
        io.err(`${signal}: beginning nothing more; run the same command again to finish`);
    });
    const { signal } = stopping;
    let client: KubeClient | undefined;
    try {
        const { connected, reference } = await onlyLooking(io, "nothing was changed", async () => {
            const found = await connect(options, stack, signal);
            client = found.client;
            return {
                connected: found,
                reference:
                    options.fromDeployment === undefined
                        ? await readPins(options, referenceStacksOf(options, stack))
                        : await readReferenceDeployment(
                              found.client,
                              referenceDeployment(options.fromDeployment, io.env),
                              options.anyRepository === true,
                              { now: io.now(), signal },
                          ),
            };
        });
        const forbidden = reference.kind === "image" ? forbids(reference.image) : undefined;
        if (forbidden !== undefined) {
            throw new MendableError(
                `refused: nothing may be brought to the image of the reference Deployment: ${forbidden}. Nothing was changed.`,
            );
        }
        const holds = () => stack && whatForbids(stack.config, io.now())?.why;
        const rules = { ...connected, reference, forbids, holds, now: io.now };
        const { results, problems } = await syncAll(connected.client, rules, options, io, signal);
        return stopping.exitCode() ?? judgeResults(results, problems, options);
    } catch (error) {
        throw error instanceof ApiError
            ? new MendableError(`the cluster cannot be read: ${error.message}`)
            : error;
    } finally {
        stopping.end();
        client?.close();
    }
}

/**
 * The cluster that is meant, compared with the stack's, and what the stack itself says that it manages: its labels could have been
 * removed by hand. Without a stack the context must be named, since nothing tells that the current one is right.
 */
async function connect(
    options: SyncOptions,
    stack: LoadedStack | undefined,
    signal: AbortSignal,
): Promise<{ readonly client: KubeClient; readonly managed: ReadonlySet<string> }> {
    const { project, context, kubeconfig } = options;
    const connections = Math.max(options.concurrency, options.maxUnavailableOrgs);
    if (stack === undefined) {
        const client = await connectKube({ context, kubeconfig, connections });
        try {
            await readClusterIdentity(client, signal);
            return { client, managed: new Set() };
        } catch (error) {
            client.close();
            throw error;
        }
    }
    const { client, state } = await connectStack({
        ...{ project, stack: nameOfStack(options.stack), config: stack.config },
        ...{ context, kubeconfig, connections, signal },
    });
    const deployed = state.deployments ?? [];
    return { client, managed: new Set(deployed.map(({ namespace, name }) => `${namespace}/${name}`)) };
}

/** Asks for the vetoes each time anew: one may come while a large fleet is being rolled. */
function forbidder(project: string): (image: ImageReference) => string | undefined {
    return ({ digest }) => {
        const veto = digest === undefined ? undefined : loadVetoes(project).get(digest);
        return veto && describeVeto(veto);
    };
}

interface Synced {
    readonly results: readonly SyncResult[];
    /** Objects that could not be read. */
    readonly problems: readonly string[];
}

async function syncAll(
    client: KubeClient,
    rules: Omit<Parameters<typeof syncFleet>[2]["rules"], "breakGlass">,
    options: SyncOptions,
    io: CommandIo,
    signal: AbortSignal,
): Promise<Synced> {
    const { json, all, dryRun = false, wait, breakGlass } = options;
    io.err(printable(`cluster: context "${client.context}"${dryRun ? "; dry run, nothing is changed" : ""}`));
    const live = await readCluster(client, {
        pods: false,
        namespaceSelector: options.namespaceSelector,
        excludeNamespaces: options.excludeNamespace ?? [],
        signal,
    });
    const results = await syncFleet(
        client,
        agentsOf(live),
        {
            rules: {
                ...rules,
                breakGlass: breakGlass !== undefined,
                container: options.container ?? "agent",
            },
            dryRun,
            wait,
            breakGlass:
                breakGlass === undefined
                    ? undefined
                    : { reason: breakGlass, by: os.userInfo().username, at: io.now().toISOString() },
            timeoutSeconds: options.timeout,
            maxUnavailableOrgs: wait && !dryRun ? options.maxUnavailableOrgs : options.concurrency,
            maxFailures: options.maxFailures,
            signal,
        },
        (result) => {
            if (json !== true && (all || result.outcome !== "already-current")) {
                io.out(resultLine(result, dryRun));
            }
        },
    );
    const { problems } = live;
    problems.forEach((problem) => {
        io.err(printable(`not looked at: ${problem}`));
    });
    io.out(
        json === true
            ? JSON.stringify({ schemaVersion: 1, dryRun, results, problems }, undefined, 2)
            : syncCountsLine(results),
    );
    if (results.length === 0 && options.allowNone !== true) {
        io.err(
            printable(
                `no agent was found in the cluster of the context "${client.context}"; expected at least one: another cluster, or ` +
                    "--allow-none where that is right",
            ),
        );
    }
    return { results, problems };
}

function agentsOf({ namespaces, deployments }: LiveCluster) {
    const leaving = new Set(namespaces.flatMap(({ name, deleting }) => (deleting ? [name] : [])));
    return deployments
        .filter(({ namespace }) => !leaving.has(namespace))
        .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

async function readPins(options: SyncOptions, stacks: readonly string[]): Promise<SyncReference> {
    const { runtime } = options;
    const pins = await readReferencePins(options, stacks);
    if (runtime !== undefined && !pins.has(runtime)) {
        throw new MendableError(
            `--runtime "${runtime}": the reference ${quoteNames(stacks)} does not pin it, expected one of ` +
                [...pins.keys()].map((name) => `"${name}"`).join(", "),
        );
    }
    return { kind: "pins", pins, runtime };
}

function referenceStacksOf(options: SyncOptions, stack: LoadedStack | undefined): readonly string[] {
    const given = options.referenceStack === undefined ? undefined : [options.referenceStack];
    const file = options.reference === undefined ? undefined : [options.reference];
    const names = given ?? stack?.config.referenceStack ?? file;
    if (names === undefined) {
        throw new MendableError(
            "what should the agents run? Expected --stack, --reference-stack, --reference or --from-deployment",
        );
    }
    return names;
}

function checkOptions(options: SyncOptions, stack: LoadedStack | undefined): void {
    if (options.fromDeployment === undefined) {
        referenceStacksOf(options, stack);
        if (options.anyRepository === true) {
            throw new MendableError(
                "--any-repository: expected it with --from-deployment, which has one image",
            );
        }
    } else if (options.runtime !== undefined || options.reference !== undefined) {
        throw new MendableError("--from-deployment: expected it without --runtime and --reference");
    }
    if (stack === undefined && options.context === undefined) {
        throw new MendableError(
            "which cluster? Expected --stack, whose cluster is known, or --context: the kubeconfig's current one may be any",
        );
    }
    if (options.breakGlass?.trim() === "") {
        throw new MendableError('--break-glass "": expected the reason, for whoever finds the agent changed');
    }
}

/** The options of `fleet sync`. */
export interface SyncOptions extends SourceOptions {
    readonly reference?: string;
    readonly referenceStack?: string;
    readonly fromDeployment?: string | true;
    readonly runtime?: string;
    readonly anyRepository?: true;
    readonly container?: string;
    readonly breakGlass?: string;
    readonly dryRun?: true;
    readonly wait: boolean;
    readonly timeout: number;
    readonly maxUnavailableOrgs: number;
    readonly maxFailures: number;
    readonly concurrency: number;
    readonly json?: true;
    readonly all: boolean;
    readonly allowNone?: true;
}
