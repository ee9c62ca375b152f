import * as fs from "node:fs";
import * as path from "node:path";
import type { LoadedStack } from "../../config/loadStack";
import { loadStacks } from "../../config/loadStacks";
import { findOrgFile, parseOrgAddress } from "../../config/orgAddress";
import { agentsOf } from "../../config/orgSpec";
import { MendableError } from "../../lib/text/mendableError";

/** The org, or the one agent of it, that is to be held or let go. */
export interface HeldOrg {
    /** The customer-orgs stack that deploys it. */
    readonly stack: string;
    readonly loaded: LoadedStack;
    readonly stacks: ReadonlyMap<string, LoadedStack>;
    readonly org: LoadedStack["orgs"][number];
    /** The agents that are meant: all of the org's, or the one that was named. */
    readonly agents: LoadedStack["orgs"][number]["agents"];
    /** The agent that was named; absent where the org was. */
    readonly agent?: string;
    /** The org's file, from the root, and its text. */
    readonly file: string;
    readonly text: string;
}

/**
 * Finds whom `acme` or `acme/coder` means, by the files of the checkout.
 *
 * @param stack where several stacks have an org of this name
 * @throws MendableError when there is no such org or agent, or several
 */
export function findHeldOrg(root: string, who: string, stack: string | undefined): HeldOrg {
    const { slug, agent } = parseOrgAddress(who);
    const { stacks, problems } = loadStacks(root);
    const found = [...stacks].filter(
        ([name, { orgs }]) => (stack ?? name) === name && orgs.some((org) => org.slug === slug),
    );
    const [first, ...others] = found;
    if (first === undefined) {
        const where = stack === undefined ? "a stack of this checkout" : `the stack "${stack}"`;
        const unread =
            problems.length === 0 ? "" : `, as far as its files can be read:\n${problems.join("\n")}`;
        throw new MendableError(`${where} has no org "${slug}"${unread}`, { problems });
    }
    if (others.length > 0) {
        const names = found.map(([name]) => `--stack ${name}`).join(" or ");
        throw new MendableError(`several stacks have an org "${slug}"; expected ${names}`);
    }
    const [name, loaded] = first;
    const org = loaded.orgs.find((each) => each.slug === slug);
    const agents =
        org === undefined ? [] : agentsOf(org).filter((each) => (agent ?? each.name) === each.name);
    if (org === undefined || agents.length === 0) {
        const known =
            org === undefined
                ? ""
                : agentsOf(org)
                      .map((each) => each.name)
                      .join(", ");
        throw new MendableError(
            agent === undefined
                ? `the org "${slug}" has no agents, or leaves: there is nothing to hold`
                : `the org "${slug}" has no agent "${agent}"; expected one of ${known}`,
        );
    }
    const file = findOrgFile(root, loaded.config.orgs, slug);
    if (file === undefined) {
        throw new MendableError(`the file of the org "${slug}" is gone from ${loaded.config.orgs}`);
    }
    const text = fs.readFileSync(path.join(root, file), "utf8");
    return { stack: name, loaded, stacks, org, agents, agent, file, text };
}
