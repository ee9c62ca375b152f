import type { Place } from "./imageSite";
import { isObject, membersOf, readField, readPath } from "./readField";

/** An object that a policy engine creates, where it stands in its policy, and what it is when it does not say so itself. */
export interface EnforcedObject {
    readonly value: object;
    readonly place: Place;
    readonly apiVersion?: string;
    readonly kind?: string;
}

/**
 * The whole objects that a policy *creates*. Most policies only describe what others may do; these keep objects in a
 * cluster, and so start what stands in them.
 *
 * @param group The policy's API group.
 * @param fields The policy's fields.
 */
export function enforcedObjects(group: string, kind: string, fields: object): EnforcedObject[] {
    const at: Place = { parent: undefined, key: "spec" };
    const spec = readField(fields, "spec");
    if (group === "policy.open-cluster-management.io") {
        return kind === "Policy" ? ofPolicy(spec, at) : ofConfigurationPolicy(kind, spec, at, undefined);
    }
    return group === "kyverno.io" ? ofGenerateRules(spec, at) : [];
}

/**
 * Open Cluster Management: the action of a Policy overrides those of the policies in it.
 * Source: https://open-cluster-management.io/docs/getting-started/integration/policy-controllers/policy-framework/
 */
function ofPolicy(spec: unknown, at: Place): EnforcedObject[] {
    if (readField(spec, "disabled") === true) {
        return [];
    }
    const action = actionOf(spec);
    return members(readField(spec, "policy-templates"), { parent: at, key: "policy-templates" }).flatMap(
        ({ value, place }) => {
            const inner = readField(value, "objectDefinition");
            const innerAt = below(place, "objectDefinition", "spec");
            return ofConfigurationPolicy(readField(inner, "kind"), readField(inner, "spec"), innerAt, action);
        },
    );
}

function ofConfigurationPolicy(
    kind: unknown,
    spec: unknown,
    at: Place,
    action: string | undefined,
): EnforcedObject[] {
    if (kind !== "ConfigurationPolicy" || (action ?? actionOf(spec)) !== "enforce") {
        return [];
    }
    return members(readField(spec, "object-templates"), { parent: at, key: "object-templates" }).flatMap(
        ({ value, place }) => {
            const object = readField(value, "objectDefinition");
            const type = readField(value, "complianceType");
            const deletes = typeof type === "string" && type.toLowerCase() === "mustnothave";
            return isObject(object) && !deletes
                ? [{ value: object, place: below(place, "objectDefinition") }]
                : [];
        },
    );
}

/** Kyverno's generate rules: https://kyverno.io/docs/policy-types/cluster-policy/generate/ */
function ofGenerateRules(spec: unknown, at: Place): EnforcedObject[] {
    return members(readField(spec, "rules"), { parent: at, key: "rules" }).flatMap(({ value, place }) => {
        const generate = readField(value, "generate");
        const data = readPath(generate, "data");
        const apiVersion = readField(generate, "apiVersion");
        const kind = readField(generate, "kind");
        return isObject(data) && typeof apiVersion === "string" && typeof kind === "string"
            ? [{ value: data, place: below(place, "generate", "data"), apiVersion, kind }]
            : [];
    });
}

function actionOf(spec: unknown): string | undefined {
    const action = readField(spec, "remediationAction");
    return typeof action === "string" ? action.toLowerCase() : undefined;
}

function members(list: unknown, at: Place): { value: unknown; place: Place }[] {
    return membersOf(list).map((value, key) => ({ value, place: { parent: at, key } }));
}

function below(place: Place, ...keys: readonly string[]): Place {
    return keys.reduce<Place>((parent, key) => ({ parent, key }), place);
}
