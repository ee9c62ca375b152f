import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { readReference } from "../config/referenceChain";
import { ConfigError } from "../lib/text/configError";

/** What the chain is made of: a customer-orgs stack, and the stacks that it reads its images from, as its settings name them. */
export interface StackReferences {
    readonly stack: string;
    /** `organization/customer-orgs/canary`, `canary`, `organization/platform/prod`. Several must all have proven the same digest. */
    readonly referenceStacks: readonly string[];
}

/** A stack in its ring. */
export interface RingMember {
    readonly stack: string;
    /** The customer-orgs stacks that it reads, sorted: what holds it back. Empty in the first ring. */
    readonly reads: readonly string[];
    /** The customer-orgs stacks that read it, sorted: what it holds back. */
    readonly readBy: readonly string[];
}

/** Stacks that may be updated side by side: each reads rings before this one alone. Sorted by name. */
export type Ring = readonly RingMember[];

/** Every stack that gets its images from the same place, ring by ring. */
export interface Chain {
    /** Where the images come from, a stack of another project: `platform/prod`, without the organization. */
    readonly origin: string;
    /** The first ring reads the origin alone; a stack is in the ring after the last one that it reads. Never empty. */
    readonly rings: readonly Ring[];
}

/**
 * Makes the rollout plan out of what the stacks read: one chain for each origin, sorted by it. The order in which stacks are given does
 * not matter.
 *
 * @throws ConfigError with every stack that reads nothing, a stack that is not here, itself through a circle, or two origins
 */
export function makeChains(stacks: readonly StackReferences[]): readonly Chain[] {
    const sorted = [...stacks].sort((a, b) => compare(a.stack, b.stack));
    const graph = new Map(sorted.map((each) => [each.stack, splitReferences(each)]));
    const problems = [
        ...sorted.flatMap((each) => findUnknown(each, graph)),
        ...findCircles(graph).map(
            ([first = "", ...others]) =>
                `${settingOf(first)} a circle of references (${[first, ...others].join(" → ")}); expected a chain that ends at the platform`,
        ),
    ];
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const origins = findOrigins(graph);
    const mixed = [...origins].filter(([, found]) => found.length > 1);
    if (mixed.length > 0) {
        throw new ConfigError(
            mixed.map(
                ([stack, found]) =>
                    `${settingOf(stack)} its images come from ${found.map((origin) => `"${origin}"`).join(" and ")}; expected one place that all references lead to`,
            ),
        );
    }
    return [...new Set([...origins.values()].flat())].sort(compare).map((origin) => ({
        origin,
        rings: makeRings(
            [...origins].flatMap(([stack, found]) => (found.includes(origin) ? [stack] : [])),
            graph,
        ),
    }));
}

/** The stacks of this project that a stack reads, and of others. */
interface Reads {
    readonly stacks: readonly string[];
    readonly origins: readonly string[];
}

type Graph = ReadonlyMap<string, Reads>;

function splitReferences({ referenceStacks }: StackReferences): Reads {
    const read = referenceStacks.map(readReference);
    const own = read.filter(({ project }) => project === CUSTOMER_ORGS_PROJECT).map(({ name }) => name);
    const foreign = read.filter(({ project }) => project !== CUSTOMER_ORGS_PROJECT);
    return {
        stacks: sortedOnce(own),
        origins: sortedOnce(foreign.map(({ project, name }) => `${project}/${name}`)),
    };
}

function findUnknown({ stack, referenceStacks }: StackReferences, graph: Graph): string[] {
    if (referenceStacks.length === 0) {
        return [`${settingOf(stack)} nothing: expected a stack`];
    }
    return referenceStacks.flatMap((reference) => {
        const { project, name } = readReference(reference);
        return project !== CUSTOMER_ORGS_PROJECT || graph.has(name)
            ? []
            : [
                  `${settingOf(stack)} "${reference}": there is no stack "${name}" here; expected one of ` +
                      `${[...graph.keys()].join(", ")}, or the platform's`,
              ];
    });
}

/** Each circle once, from its first stack by name round to it again. */
function findCircles(graph: Graph): readonly (readonly string[])[] {
    const done = new Set<string>();
    const circles: string[][] = [];
    const visit = (stack: string, above: readonly string[]): void => {
        const at = above.indexOf(stack);
        if (at >= 0) {
            const circle = above.slice(at);
            const first = circle.indexOf([...circle].sort(compare)[0] ?? stack);
            const turned = [...circle.slice(first), ...circle.slice(0, first)];
            circles.push([...turned, ...turned.slice(0, 1)]);
        } else if (!done.has(stack)) {
            graph.get(stack)?.stacks.forEach((next) => {
                visit(next, [...above, stack]);
            });
            done.add(stack);
        }
    };
    [...graph.keys()].forEach((stack) => {
        visit(stack, []);
    });
    return circles;
}

/** Every place that each stack's images come from; there are no circles any more. */
function findOrigins(graph: Graph): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, readonly string[]>();
    const originsOf = (stack: string): readonly string[] => {
        const reads = graph.get(stack);
        const origins =
            found.get(stack) ??
            sortedOnce([...(reads?.origins ?? []), ...(reads?.stacks ?? []).flatMap(originsOf)]);
        found.set(stack, origins);
        return origins;
    };
    return new Map([...graph.keys()].map((stack) => [stack, originsOf(stack)]));
}

function makeRings(members: readonly string[], graph: Graph): readonly Ring[] {
    const readsOf = (stack: string) => graph.get(stack)?.stacks ?? [];
    const depths = new Map<string, number>();
    const depthOf = (stack: string): number => {
        const depth = depths.get(stack) ?? Math.max(0, ...readsOf(stack).map((next) => depthOf(next) + 1));
        depths.set(stack, depth);
        return depth;
    };
    const count = Math.max(...members.map(depthOf)) + 1;
    return Array.from({ length: count }, (_, depth) =>
        members
            .filter((stack) => depthOf(stack) === depth)
            .map((stack) => ({
                stack,
                reads: readsOf(stack),
                readBy: members.filter((other) => readsOf(other).includes(stack)),
            })),
    );
}

function settingOf(stack: string): string {
    return `Pulumi.${stack}.yaml: ${CUSTOMER_ORGS_PROJECT}:referenceStack:`;
}

function sortedOnce(names: readonly string[]): readonly string[] {
    return [...new Set(names)].sort(compare);
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
