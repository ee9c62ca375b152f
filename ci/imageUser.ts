import { quoteNames } from "../lib/text/quoteValue";
import type { SmokedAgent } from "./smokePlans";

/** Agents that a sentence names. */
const SHOWN = 10;

/**
 * Why pods of an image would never start although it can be pulled: every agent is `runAsNonRoot`, and a node that finds a
 * user's name in the image's config cannot know whether it is root.
 *
 * @param user `USER` of the image's config, empty for none: `1000`, `1000:1000`, `node`
 * @param agents who would run it
 * @returns nothing where all of them start
 */
export function describeUserTrouble(
    user: string,
    agents: readonly Omit<SmokedAgent, "bootGate">[],
): string | undefined {
    const [name = ""] = user.split(":");
    const isRoot = name === "" || Number(name) === 0 || name === "root";
    const without = agents.filter(({ runAsUser }) => runAsUser === undefined);
    if (without.length === 0 || (!isRoot && /^\d+$/.test(name))) {
        return undefined;
    }
    const what = isRoot
        ? `runs as root (USER ${JSON.stringify(user)})`
        : `runs as a user without a number (USER "${user}")`;
    const more = without.length > SHOWN ? ` and ${without.length - SHOWN} more` : "";
    return (
        `${what}: ${quoteNames(without.slice(0, SHOWN).map(({ who }) => who))}${more} would not start; build it with a number ("USER 1000"), or say ` +
        '"securityContext.runAsUser" of its runtime in Pulumi.yaml, or nearer to them'
    );
}
