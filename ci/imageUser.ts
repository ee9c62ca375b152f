/**
 * Why pods of an image would never start although it can be pulled: every agent is `runAsNonRoot`, and a node that finds a
 * user's name in the image's config cannot know whether it is root.
 *
 * @param user `USER` of the image's config, empty for none: `1000`, `1000:1000`, `node`
 * @param runAsUser what the runtime's profile says
 * @returns nothing where they start
 */
export function describeUserTrouble(user: string, runAsUser: number | undefined): string | undefined {
    if (runAsUser !== undefined) {
        return undefined;
    }
    const [name = ""] = user.split(":");
    const remedy =
        'its agents would not start; build it with a number ("USER 1000"), or say "securityContext.runAsUser" of its runtime in Pulumi.yaml';
    if (name === "" || Number(name) === 0 || name === "root") {
        return `runs as root (USER ${JSON.stringify(user)}): ${remedy}`;
    }
    return /^\d+$/.test(name) ? undefined : `runs as a user without a number (USER "${user}"): ${remedy}`;
}
