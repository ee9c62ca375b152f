import { MendableError } from "../../lib/text/mendableError";
import { quoteNames, quoteValue } from "../../lib/text/quoteValue";
import type { Chain, RingMember } from "../chain";

/**
 * The part of the one chain that a rollout goes through: the stacks that are meant, and every ring that they read from.
 *
 * @param names `prod` stands for the stack `prod` and all whose names begin with `prod-`; `platform/prod` for all that read from it; none
 *   for the one chain that there is
 * @param to the last ring: its number from 1 on, or a stack in it
 * @throws MendableError where nothing is meant, or several chains are
 */
export function selectChain(chains: readonly Chain[], names: readonly string[], to?: string): Chain {
    const meant = chains.map((chain) => ({ chain, wanted: findWanted(chain, names) }));
    for (const name of names) {
        if (!chains.some((chain) => findWanted(chain, [name]).size > 0)) {
            throw new MendableError(
                `${quoteValue(name)}: expected a stack, the beginning of several stacks' names, or what they read from; ` +
                    `there are ${quoteNames(chains.flatMap(({ origin, rings }) => [origin, ...rings.flat().map(({ stack }) => stack)]))}`,
            );
        }
    }
    const [found, ...more] = meant.filter(({ wanted }) => wanted.size > 0);
    if (found === undefined) {
        throw new MendableError('there is no customer-orgs stack here; expected a "Pulumi.<stack>.yaml"');
    }
    if (more.length > 0) {
        throw new MendableError(
            `a rollout goes through one chain, and these are meant: ${quoteNames([found, ...more].map(({ chain }) => chain.origin))}; name one, or a stack of it`,
        );
    }
    const { chain, wanted } = found;
    const rings = chain.rings.flatMap((ring) => {
        const left = ring.filter(({ stack }) => wanted.has(stack));
        return left.length === 0 ? [] : [left];
    });
    return { ...chain, rings: to === undefined ? rings : rings.slice(0, findRing(rings, to)) };
}

function findWanted({ origin, rings }: Chain, names: readonly string[]): ReadonlySet<string> {
    const members = new Map(rings.flat().map((member) => [member.stack, member]));
    const wanted = new Set<string>();
    const add = (stack: string): void => {
        if (!wanted.has(stack)) {
            wanted.add(stack);
            members.get(stack)?.reads.forEach(add);
        }
    };
    [...members.keys()]
        .filter(
            (stack) =>
                names.length === 0 ||
                names.some((name) => name === origin || stack === name || stack.startsWith(`${name}-`)),
        )
        .forEach(add);
    return wanted;
}

/** The number of a ring, from 1 on. */
function findRing(rings: readonly (readonly RingMember[])[], to: string): number {
    const byStack = rings.findIndex((ring) => ring.some(({ stack }) => stack === to)) + 1;
    const ring = byStack > 0 ? byStack : /^\d+$/.test(to) ? Number(to) : 0;
    if (ring < 1 || ring > rings.length) {
        throw new MendableError(
            `--to ${quoteValue(to)}: expected a stack of the rollout, or the number of a ring from 1 to ${rings.length}`,
        );
    }
    return ring;
}
