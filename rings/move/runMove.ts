import * as fs from "node:fs";
import * as path from "node:path";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { nameOfStack } from "../../config/loadStacks";
import { listStacks, readStackFile } from "../../config/readStackFile";
import type { CommandIo } from "../../lib/system/commandIo";
import { stepByStep } from "../../lib/system/interruption";
import { MendableError } from "../../lib/text/mendableError";
import { quoteNames } from "../../lib/text/quoteValue";
import { moveOrgs } from "./moveOrgs";
import { MovedStack } from "./movedStack";
import { type StackDeployment, hasOrg, namesOrg } from "./orgState";
import { proveUnchanged } from "./proveUnchanged";

/** The options of `fleet move`. */
export interface MoveOptions {
    readonly project: string;
    readonly orgs: readonly string[];
    readonly to: readonly string[];
}

/**
 * Runs `fleet move`: orgs to another stack, by their files and their state, with nothing changed in the cluster.
 *
 * @returns 0 where a preview of every stack says that nothing would change, else 1
 * @throws MendableError where it is refused
 */
export function runMove({ project, orgs, to: names }: MoveOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, async (steps) => {
        const to = nameOfStack(names);
        const homes = await steps.look(findHomes(project, orgs, to), "nothing was changed");
        for (const [from, slugs] of homes) {
            await moveOrgs({ project, from, to, slugs, sharesProof: false }, io, steps);
        }
        return proveUnchanged(project, [...homes.keys(), to], orgs, io, steps);
    });
}

/** Which stack each org comes from, by files, states and outputs: after an interruption they may be of two minds. */
async function findHomes(
    project: string,
    slugs: readonly string[],
    to: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const stacks = listStacks(project);
    if (!stacks.includes(to)) {
        throw new MendableError(
            `--to "${to}": there is no such stack here; expected one of ${quoteNames(stacks)}`,
        );
    }
    const states = new Map<string, StackDeployment>();
    for (const stack of stacks) {
        // A stack that was never made has nothing.
        const opened = await MovedStack.open(project, stack).catch(() => undefined);
        states.set(stack, (await opened?.read()) ?? {});
    }
    const homes = new Map<string, string[]>();
    for (const slug of slugs) {
        const has = (stack: string) => {
            const orgs = readStackFile(project, ".", stack)[`${CUSTOMER_ORGS_PROJECT}:orgs`] ?? "";
            const state = states.get(stack) ?? {};
            const file = path.join(project, orgs, `${slug}.yaml`);
            return fs.existsSync(file) || hasOrg(state, stack, slug) || namesOrg(state, slug);
        };
        const found = stacks.filter((stack) => stack !== to && has(stack));
        const [home] = found;
        if (found.length > 1) {
            throw new MendableError(`the org "${slug}" is in ${quoteNames(found)}; expected it in one stack`);
        }
        if (home === undefined && !has(to)) {
            throw new MendableError(`there is no org "${slug}": no stack has its file or its resources`);
        }
        if (home !== undefined) {
            homes.set(home, [...(homes.get(home) ?? []), slug]);
        }
    }
    return homes;
}
