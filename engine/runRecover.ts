import { ApiException, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import type { CommandIo } from "../lib/system/commandIo";
import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { engineEnvironment } from "./engineEnvironment";
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
    const env = { ...engineEnvironment(), ...options.env };
    const workspace = await LocalWorkspace.create({ workDir: options.project, envVars: env });
    const state = await workspace.exportStack(options.stack).catch((error: unknown) => {
        throw new MendableError(explainExport(error, options.stack));
    });
    const { objects, others } = readPendingOperations(state.deployment);
    if (objects.length + others.length === 0) {
        log(`The stack "${options.stack}" has no pending operations; nothing to recover.`);
        return EXIT_CODES.done;
    }

    const settings = await workspace.stackSettings(options.stack);
    const api = connect(settings.config ?? {}, env);
    const found = new Map<string, LiveObject>();
    const foreign: string[] = [];
    for (const pending of objects) {
        const live = await readLive(api, pending);
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
    await workspace.importStack(options.stack, {
        ...state,
        deployment: settlePending(state.deployment, found),
    });
    log(`Recovered. Go on with: npx pulumi up --stack ${options.stack}`);
    return EXIT_CODES.done;
}

function connect(
    settings: Readonly<Record<string, unknown>>,
    env: Readonly<Record<string, string>>,
): KubernetesObjectApi {
    const setting = (key: string) => {
        const value = settings[`${CUSTOMER_ORGS_PROJECT}:${key}`];
        return typeof value === "string" ? value : undefined;
    };
    const config = new KubeConfig();
    const file = setting("kubeconfig") ?? env["KUBECONFIG"];
    if (file === undefined) {
        config.loadFromDefault();
    } else {
        config.loadFromFile(file);
    }
    const context = setting("kubeContext");
    if (context === undefined || config.getContextObject(context) === null) {
        throw new MendableError(
            `the kubeconfig has no context "${context ?? ""}", which the stack's settings name`,
        );
    }
    config.setCurrentContext(context);
    return KubernetesObjectApi.makeApiClient(config);
}

async function readLive(
    api: KubernetesObjectApi,
    { apiVersion, kind, name, namespace }: PendingCreate,
): Promise<LiveObject | undefined> {
    try {
        const live = await api.read({
            apiVersion,
            kind,
            metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        });
        // The client's classes as plain data.
        return JSON.parse(JSON.stringify(live)) as LiveObject;
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

function explainExport(error: unknown, stack: string): string {
    const message = error instanceof Error ? error.message : String(error);
    if (/failed to load checkpoint/.test(message)) {
        return (
            `the state of the stack "${stack}" cannot be read: the engine was killed while it wrote the attributes beside it. ` +
            `Where <backend>/.pulumi/stacks/${CUSTOMER_ORGS_PROJECT}/${stack}.json.attrs is empty, delete that file; a backend ` +
            'of "file://…?metadata=skip" has none'
        );
    }
    return `the state of the stack "${stack}" cannot be read: ${message.split("\n").find((line) => line.includes("error:")) ?? message}`;
}
