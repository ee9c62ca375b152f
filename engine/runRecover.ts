import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { ApiError } from "../kube/apiError";
import { type KubeClient, connectKube } from "../kube/kubeClient";
import { KUBE_RETRIES } from "../kube/retry";
import { retry } from "../lib/http/retry";
import type { CommandIo } from "../lib/system/commandIo";
import { describeEngineFailure, openStack } from "./openStack";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import {
    type LiveObject,
    type PendingCreate,
    importId,
    isOurs,
    readPendingOperations,
    settlePending,
} from "./pendingCreates";

/** The options of `fleet recover`. */
export interface RecoverOptions {
    readonly stack: string;
    /** The directory of the project's Pulumi.yaml. */
    readonly project: string;
    readonly dryRun?: boolean;
    /** Environment of the engine, besides the process's own. */
    readonly env?: Readonly<Record<string, string>>;
}

/**
 * Settles what an interrupted `pulumi up` left open: an object that was being created and is in the cluster goes into the
 * state, and one that is not is forgotten. The next `up` then finishes the work, where it would fail otherwise on objects
 * that "already exist".
 *
 * @returns the exit code
 * @throws MendableError when an object of that name is somebody else's, or the stack cannot be read
 */
export async function runRecover(options: RecoverOptions, { out: log }: CommandIo): Promise<number> {
    const stack = await openStack(options.project, options.stack, options.env);
    const state = await stack.exportStack().catch((error: unknown) => {
        throw new MendableError(describeEngineFailure(error, options.project, options.stack));
    });
    const { objects, others } = readPendingOperations(state.deployment);
    if (objects.length + others.length === 0) {
        log(`The stack "${options.stack}" has no pending operations; nothing to recover.`);
        return EXIT_CODES.done;
    }

    const settings = await stack.workspace.stackSettings(options.stack);
    const found = new Map<string, LiveObject>();
    const foreign: string[] = [];
    for (const { pending, live } of await readAll(settings.config ?? {}, options.env ?? {}, objects)) {
        const what = `${pending.kind} "${importId(pending)}"`;
        if (live === undefined) {
            log(`${what}: is not in the cluster; it is forgotten, and created by the next up`);
        } else if (isOurs(pending, live.metadata?.labels ?? {})) {
            log(`${what}: was created; it is taken into the state`);
            found.set(pending.urn, live);
        } else {
            foreign.push(`${what} exists, without the labels that this stack gives it`);
        }
    }
    if (foreign.length > 0) {
        throw new MendableError(
            `Nothing was changed. Somebody else's objects are in the way:\n  - ${foreign.join("\n  - ")}`,
        );
    }
    if (options.dryRun === true) {
        log("Nothing was changed: --dry-run.");
        return EXIT_CODES.done;
    }
    await stack.importStack({
        ...state,
        deployment: settlePending(state.deployment, found),
    });
    log(`Recovered. Go on with: npx pulumi up --stack ${options.stack}`);
    return EXIT_CODES.done;
}

async function readAll(
    settings: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>>,
    objects: readonly PendingCreate[],
) {
    const client = await connect(settings, env);
    try {
        return await Promise.all(
            objects.map(async (pending) => ({ pending, live: await readLive(client, pending) })),
        );
    } finally {
        client.close();
    }
}

/** The cluster that the stack's settings name. */
async function connect(
    settings: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>>,
): Promise<KubeClient> {
    const setting = (key: string) => {
        const value = settings[`${CUSTOMER_ORGS_PROJECT}:${key}`];
        return typeof value === "string" ? value : undefined;
    };
    const context = setting("kubeContext");
    if (context === undefined) {
        throw new MendableError(
            `the stack's settings name no context; expected ${CUSTOMER_ORGS_PROJECT}:kubeContext`,
        );
    }
    return connectKube({ kubeconfig: setting("kubeconfig") ?? env["KUBECONFIG"], context });
}

/** @returns `undefined` where the cluster has no such object */
async function readLive(
    client: KubeClient,
    { apiVersion, kind, name, namespace }: PendingCreate,
): Promise<LiveObject | undefined> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const ask = (path: string) => retry(() => client.request({ path }), KUBE_RETRIES);
    const { resources } = (await ask(group)) as {
        readonly resources: readonly { kind: string; name: string }[];
    };
    const plural = resources.find((each) => each.kind === kind && !each.name.includes("/"))?.name;
    if (plural === undefined) {
        throw new MendableError(
            `the cluster has no kind "${kind}" of ${apiVersion}; expected the stack's cluster`,
        );
    }
    try {
        const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
        return (await ask(`${group}${place}/${plural}/${name}`)) as LiveObject;
    } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
            return undefined;
        }
        throw error;
    }
}
