/**
 * What the Pulumi Kubernetes Operator 2.9 decides about a Stack, read from its source:
 * https://github.com/pulumi/pulumi-kubernetes-operator/blob/v2.9.0/operator/internal/controller/pulumi/stack_controller.go
 */

/** The parts of a Stack object that the operator decides by. */
export interface StackObject {
    /** Counts changes of the spec: of its commit, or of `preview`. */
    generation: number;
    /** Which commit it is at. */
    commit: number;
    /** Whether it only previews. */
    preview: boolean;
    /** The annotation `pulumi.com/reconciliation-request`. */
    request: number;
    last?: EndedUpdate;
    current?: RunningUpdate;
}

/** An Update object of a Stack. */
export interface RunningUpdate {
    readonly generation: number;
    readonly request: number;
    readonly commit: number;
    /** Whether it succeeded; absent while it runs. */
    succeeded?: boolean;
}

/** `status.lastUpdate` */
interface EndedUpdate {
    readonly generation: number;
    readonly request: number;
    readonly commit: number;
    readonly succeeded: boolean;
    readonly failures: number;
    /** Milliseconds. */
    readonly at: number;
}

/** `resyncFrequencySeconds`, which is how often an update of the same commit is repeated (`continueResyncOnCommitMatch`). */
export const RESYNC_MS = 300_000;

/** `maxUpdateFailures` */
const MAX_FAILURES = 3;

/**
 * Looks at one Stack once, as the operator does whenever an object changes or a time is over.
 *
 * @param resyncs `continueResyncOnCommitMatch`
 * @returns the update that begins now
 */
export function reconcile(
    stack: StackObject,
    prerequisites: readonly StackObject[],
    now: number,
    resyncs: boolean,
): RunningUpdate | undefined {
    if (stack.current !== undefined) {
        if (stack.current.succeeded === undefined) {
            return undefined;
        }
        absorb(stack, stack.current, stack.current.succeeded, now);
    }
    if (isSynced(stack, now, resyncs) || !prerequisites.every(isSatisfied)) {
        return undefined;
    }
    const { generation, request, commit } = stack;
    stack.current = { generation, request, commit };
    return stack.current;
}

/** `markStackSucceeded`, `markStackFailed` */
function absorb(stack: StackObject, update: RunningUpdate, succeeded: boolean, now: number): void {
    const { last } = stack;
    const { generation, request, commit } = update;
    const again = last?.generation === generation && last.request === request;
    const failures = succeeded || !again ? 0 : last.failures + 1;
    stack.last = { generation, request, commit, succeeded, failures, at: now };
    stack.current = undefined;
}

/** `isSynced`: whether there is nothing to do. */
function isSynced(
    { last, generation, request, commit }: StackObject,
    now: number,
    resyncs: boolean,
): boolean {
    if (last?.generation !== generation || last.request !== request || last.commit !== commit) {
        return false;
    }
    if (last.succeeded) {
        return !resyncs || now - last.at < RESYNC_MS;
    }
    return last.failures >= MAX_FAILURES || now - last.at < 10_000 * 3 ** last.failures;
}

/**
 * `isRequirementSatisfied`: the last update succeeded for the present generation and request. Not asked: whether another one runs
 * now, how long ago that was, or whether it was a preview.
 */
function isSatisfied({ last, generation, request }: StackObject): boolean {
    return last?.generation === generation && last.request === request && last.succeeded;
}
