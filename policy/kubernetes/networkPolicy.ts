import { type Answer, allOf, answer, anyOf, isEmpty } from "./answer";
import type { CheckedObject } from "./checkedObject";
import { UNKNOWN, isObject, membersOf, readField, readPath } from "./readField";

/** A direction as a NetworkPolicy names it, its list of rules, and the peers in a rule. */
export interface Direction {
    readonly type: "Ingress" | "Egress";
    readonly rules: "ingress" | "egress";
    readonly peers: "from" | "to";
}

/** Both directions: https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
export const DIRECTIONS: readonly Direction[] = [
    { type: "Ingress", rules: "ingress", peers: "from" },
    { type: "Egress", rules: "egress", peers: "to" },
];

/** Whether a policy is one for every pod of its namespace that names the direction and lets nothing through. */
export function deniesByDefault(object: CheckedObject, { type, rules }: Direction): Answer {
    if (object.kind !== "NetworkPolicy") {
        return "no";
    }
    const spec = readField(object.fields, "spec");
    const types = membersOf(readField(spec, "policyTypes")).map((member) =>
        answer(member, (known) => known === type),
    );
    return allOf([anyOf(types), selectsEveryPod(spec), isEmpty(readField(spec, rules))]);
}

/** Whether a policy opens a direction to everybody for every pod. Policies add up, so it undoes one that denies. */
export function allowsEverything(object: CheckedObject, { rules, peers }: Direction): Answer {
    if (object.kind !== "NetworkPolicy") {
        return "no";
    }
    const spec = readField(object.fields, "spec");
    const open = membersOf(readField(spec, rules)).map((rule) => {
        if (!isObject(rule)) {
            return rule === UNKNOWN ? "unknown" : "no";
        }
        const to = readField(rule, peers);
        return allOf([
            isEmpty(readField(rule, "ports")),
            anyOf([isEmpty(to), ...membersOf(to).map(isEverybody)]),
        ]);
    });
    return allOf([selectsEveryPod(spec), anyOf(open)]);
}

function selectsEveryPod(spec: unknown): Answer {
    const selector = readField(spec, "podSelector");
    return allOf([answer(selector, isObject), selectsAll(selector)]);
}

function selectsAll(selector: unknown): Answer {
    return allOf([
        isEmpty(readField(selector, "matchLabels")),
        isEmpty(readField(selector, "matchExpressions")),
    ]);
}

/** A peer that is every address, or every pod of every namespace. */
function isEverybody(peer: unknown): Answer {
    const block = readField(peer, "ipBlock");
    const namespaces = readField(peer, "namespaceSelector");
    const everyAddress = allOf([
        answer(readField(block, "cidr"), (cidr) => cidr === "0.0.0.0/0" || cidr === "::/0"),
        isEmpty(readPath(block, "except")),
    ]);
    const everyPod = allOf([
        answer(namespaces, isObject),
        selectsAll(namespaces),
        selectsAll(readField(peer, "podSelector")),
    ]);
    return anyOf([everyAddress, everyPod]);
}
