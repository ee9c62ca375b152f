import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { readStackFile } from "../config/readStackFile";
import { ApiError } from "../kube/apiError";
import type { KubeClient } from "../kube/kubeClient";
import { KUBE_RETRIES } from "../kube/retry";
import { retry } from "../lib/http/retry";
import type { CommandIo } from "../lib/system/commandIo";
import { type Steps, stepByStep } from "../lib/system/interruption";
import { describeEngineFailure } from "./engineFailure";
import { openStack } from "./openStack";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { printable } from "../lib/text/printable";
import { connectStack } from "./connectStack";
import { parseStackState } from "./stackState";
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
 * @throws MendableError when an object of that name is somebody else's, the context leads to another cluster than the stack's, or
 * the stack cannot be read
 */
export function runRecover(options: RecoverOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, (steps) => recoverStepByStep(options, io, steps));
}

/** What an interruption leaves before the first step. */
const NOT_BEGUN = "nothing was changed in the stack's state";

async function recoverStepByStep(
    options: RecoverOptions,
    { out }: CommandIo,
    { begin, look }: Steps,
): Promise<number> {
    const { project, stack: name, env = {} } = options;
    const stack = await look(openStack(project, name, env), NOT_BEGUN);
    const mendable = (error: unknown) => new MendableError(describeEngineFailure(error, project, name));
    const exporting = stack.exportStack().catch((error: unknown) => {
        throw mendable(error);
    });
    const exported = await look(exporting, NOT_BEGUN);
    const pending = readPendingOperations(exported.deployment);
    if (pending.objects.length + pending.others.length === 0) {
        out(`The stack "${name}" has no pending operations; nothing to recover.`);
        return EXIT_CODES.done;
    }
    const state = parseStackState(exported);
    if (state?.clusterUid === undefined) {
        throw new MendableError(
            `the state of the stack "${name}" does not say which cluster it is of, so nothing tells whether what is missing there was ` +
                'never created. Nothing was changed; look with "npx pulumi refresh" where the context is certain',
        );
    }
    const config = clusterOf(project, name);
    const connecting = connectStack({
        ...{ project, stack: name, state },
        config: { ...config, kubeconfig: config.kubeconfig ?? env["KUBECONFIG"] },
    });
    const { client } = await look(connecting, NOT_BEGUN);
    const { found, foreign, lines } = await look(
        lookFor(pending.objects, client).finally(client.close),
        NOT_BEGUN,
    );
    if (foreign.length > 0) {
        throw new MendableError(
            `Nothing was changed. Somebody else's objects are in the way:\n  - ${foreign.join("\n  - ")}`,
        );
    }
    if (options.dryRun === true) {
        out(printable([...lines, "Nothing was changed: --dry-run."].join("\n")));
        return EXIT_CODES.done;
    }
    begin(NOT_BEGUN);
    // Told when it was done: a stack that is locked takes nothing in.
    await stack
        .importStack({ ...exported, deployment: settlePending(exported.deployment, found) })
        .catch((error: unknown) => {
            throw mendable(error);
        });
    out(printable([...lines, `Recovered. Go on with: npx pulumi up --stack ${name}`].join("\n")));
    return EXIT_CODES.done;
}

/** The cluster that the stack's settings name. The orgs' files are not read: a slip there must not stand in the way. */
function clusterOf(
    project: string,
    stack: string,
): { readonly kubeContext: string; readonly kubeconfig?: string } {
    const settings = readStackFile(project, ".", stack);
    const kubeContext = settings[`${CUSTOMER_ORGS_PROJECT}:kubeContext`];
    if (kubeContext === undefined) {
        throw new MendableError(
            `the stack's settings name no context; expected ${CUSTOMER_ORGS_PROJECT}:kubeContext`,
        );
    }
    return { kubeContext, kubeconfig: settings[`${CUSTOMER_ORGS_PROJECT}:kubeconfig`] };
}

/** What became of the objects that were being created: a line each. */
async function lookFor(objects: readonly PendingCreate[], client: KubeClient) {
    const found = new Map<string, LiveObject>();
    const foreign: string[] = [];
    const lines: string[] = [];
    for (const pending of objects) {
        const live = await readLive(client, pending);
        const what = `${pending.kind} "${importId(pending)}"`;
        if (live === undefined) {
            lines.push(`${what}: is not in the cluster; it is forgotten, and created by the next up`);
        } else if (isOurs(pending, live.metadata?.labels ?? {})) {
            lines.push(`${what}: was created; it is taken into the state`);
            found.set(pending.urn, live);
        } else {
            foreign.push(`${what} exists, without the labels that this stack gives it`);
        }
    }
    return { found, foreign, lines };
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
