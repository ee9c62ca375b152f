import { type Answer, anyOf, answer } from "./answer";
import { BUILT_IN_GROUPS, POD_SPEC_PATHS } from "./builtInWorkloads";
import { type CheckedObject, groupOf, nameOf } from "./checkedObject";
import { UNKNOWN, membersOf, readField, readPath } from "./readField";

/** Whether a ServiceAccount keeps its token out of pods that do not ask for it. */
export function keepsToken(object: CheckedObject): Answer {
    return object.kind === "ServiceAccount"
        ? answer(readField(object.fields, "automountServiceAccountToken"), (value) => value === false)
        : "no";
}

/**
 * Whether the pods of an object have a token for the API server mounted: by their own word, by their account's, or as a
 * projected volume.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
 *
 * @param accounts The ServiceAccounts of the namespace.
 */
export function mountsToken(object: CheckedObject, accounts: readonly CheckedObject[]): Answer {
    const keys = BUILT_IN_GROUPS.has(groupOf(object)) ? POD_SPEC_PATHS.get(object.kind) : undefined;
    const podSpec = keys === undefined ? undefined : readPath(object.fields, ...keys);
    if (podSpec === undefined || podSpec === null || object.patch) {
        return "no";
    }
    const projected = membersOf(readField(podSpec, "volumes")).flatMap((volume) =>
        membersOf(readPath(volume, "projected", "sources")).map((source) => {
            const token = readField(source, "serviceAccountToken");
            // A token for another audience is no use against the API server.
            return token === undefined
                ? "no"
                : answer(readField(token, "audience"), (value) => value === undefined);
        }),
    );
    return anyOf([automounts(podSpec, accounts), ...projected]);
}

function automounts(podSpec: unknown, accounts: readonly CheckedObject[]): Answer {
    const own = readField(podSpec, "automountServiceAccountToken");
    if (own !== undefined && own !== null) {
        return answer(own, (value) => value !== false);
    }
    const name =
        readField(podSpec, "serviceAccountName") ?? readField(podSpec, "serviceAccount") ?? "default";
    if (name === UNKNOWN) {
        return "unknown";
    }
    const named = accounts.filter((account) => nameOf(account) === name || nameOf(account) === UNKNOWN);
    const keeps = anyOf(named.map(keepsToken));
    return keeps === "unknown" ? keeps : keeps === "yes" ? "no" : "yes";
}
