import * as os from "node:os";
import type { LoadedStack } from "../../config/loadStack";
import { loadNamedStack, nameOfStack } from "../../config/loadStacks";
import { ApiError } from "../../kube/apiError";
import { type KubeClient, chooseCluster, connectKube } from "../../kube/kubeClient";
import { readCluster } from "../../kube/readCluster";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import type { CommandIo } from "../../lib/system/commandIo";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { readDeployedAgents } from "../../config/describeAgents";
import { resultLine, syncCountsLine } from "./describeSync";
import type { SourceOptions } from "../stale/gatherFleet";
import { readReferenceDeployment, readReferencePins, referenceDeployment } from "./findSyncReference";
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
    const client = await connectKube({
        ...chooseCluster(options, stack?.config),
        connections: Math.max(options.concurrency, options.maxUnavailableOrgs),
    });
    const stopping = io.interruption((signal) => {
        io.err(`${signal}: beginning nothing more; run the same command again to finish`);
    });
    try {
        const reference =
            options.fromDeployment === undefined
                ? await readPins(options, referenceStackOf(options, stack))
                : await readReferenceDeployment(
                      client,
                      referenceDeployment(options.fromDeployment, io.env),
                      options.anyRepository === true,
                      stopping.signal,
                  );
        const results = await syncAll(client, reference, options, io, stopping.signal);
        const bad = results.some(({ outcome }) => outcome === "failed" || outcome === "not-tried");
        return stopping.exitCode() ?? (bad ? EXIT_CODES.notAsItShouldBe : EXIT_CODES.done);
    } catch (error) {
        throw error instanceof ApiError
            ? new MendableError(`the cluster cannot be read: ${error.message}`)
            : error;
    } finally {
        stopping.end();
        client.close();
    }
}

async function syncAll(
    client: KubeClient,
    reference: SyncReference,
    options: SyncOptions,
    io: CommandIo,
    signal: AbortSignal,
): Promise<readonly SyncResult[]> {
    const { json, all, dryRun = false, wait } = options;
    io.err(`cluster: context "${client.context}"${dryRun ? "; dry run, nothing is changed" : ""}`);
    const live = await readCluster(client, {
        pods: false,
        namespaceSelector: options.namespaceSelector,
        excludeNamespaces: options.excludeNamespace ?? [],
        signal,
    });
    const leaving = new Set(live.namespaces.flatMap(({ name, deleting }) => (deleting ? [name] : [])));
    const deployments = live.deployments
        .filter(({ namespace }) => !leaving.has(namespace))
        .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
    const results = await syncFleet(
        client,
        deployments,
        {
            rules: {
                reference,
                breakGlass: options.breakGlass !== undefined,
                managed: await readManaged(options, io),
                container: options.container ?? "agent",
            },
            dryRun,
            wait,
            breakGlass:
                options.breakGlass === undefined
                    ? undefined
                    : {
                          reason: options.breakGlass,
                          by: os.userInfo().username,
                          at: io.now().toISOString(),
                      },
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
    for (const problem of live.problems) {
        io.err(`not looked at: ${problem}`);
    }
    if (json === true) {
        io.out(JSON.stringify({ schemaVersion: 1, dryRun, results }, undefined, 2));
    } else {
        io.out(syncCountsLine(results));
    }
    return results;
}

/** What the stack itself says that it manages: its labels could have been removed by hand. Labels are enough without it. */
async function readManaged(
    { stack = [], project }: SyncOptions,
    io: CommandIo,
): Promise<ReadonlySet<string>> {
    const [name] = stack;
    if (name === undefined) {
        return new Set();
    }
    try {
        const agents = readDeployedAgents((await readEngineOutputs(project, name))["agents"], name);
        return new Set(agents.map(({ org, agent }) => `org-${org}/agent-${agent}`));
    } catch (error) {
        if (!(error instanceof MendableError)) {
            throw error;
        }
        io.err(`what Pulumi manages is told by labels alone: ${error.message}`);
        return new Set();
    }
}

async function readPins(options: SyncOptions, stack: string): Promise<SyncReference> {
    const { runtime } = options;
    const pins = await readReferencePins(options, stack);
    if (runtime !== undefined && !pins.has(runtime)) {
        throw new MendableError(
            `--runtime "${runtime}": the reference "${stack}" does not pin it, expected one of ` +
                [...pins.keys()].map((name) => `"${name}"`).join(", "),
        );
    }
    return { kind: "pins", pins, runtime };
}

function referenceStackOf(options: SyncOptions, stack: LoadedStack | undefined): string {
    const name = options.referenceStack ?? stack?.config.referenceStack ?? options.reference;
    if (name === undefined) {
        throw new MendableError(
            "what should the agents run? Expected --stack, --reference-stack, --reference or --from-deployment",
        );
    }
    return name;
}

function checkOptions(options: SyncOptions, stack: LoadedStack | undefined): void {
    if (options.fromDeployment === undefined) {
        referenceStackOf(options, stack);
        if (options.anyRepository === true) {
            throw new MendableError(
                "--any-repository: expected it with --from-deployment, which has one image",
            );
        }
    } else if (options.runtime !== undefined || options.reference !== undefined) {
        throw new MendableError("--from-deployment: expected it without --runtime and --reference");
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
}
