import type { PlannedChange } from "./delivery";
import { STACK } from "./scenario";
import { type Story, counts, fleet, managedAgents, same } from "./story";

/**
 * Steps 6 to 9: what the release would change, who is stale and who is held, the refusal of `:latest`, and the release itself.
 *
 * @returns the changes that were planned and made
 */
export async function tellRelease(story: Story): Promise<readonly PlannedChange[]> {
    const { delivery, published, teller } = story;
    const before = await managedAgents(story);
    const heldKeys = before.filter(({ key }) => key.startsWith("org-umbrella/")).map(({ key }) => key);
    const planned = await teller.tell(
        "The preview lists what the release would change",
        delivery.commands.preview,
        async (checked) => {
            const changes = await delivery.preview(before);
            for (const { key, to } of changes) {
                teller.show(`${key}  ->  ${to}`);
            }
            const stale = before.map(({ key }) => key).filter((key) => !heldKeys.includes(key));
            checked(
                `${stale.length} agents would be changed, and not the one that an override holds`,
                same(
                    changes.map(({ key }) => key),
                    stale,
                ),
                changes,
            );
            return changes;
        },
    );
    await teller.tell(
        "The table of stale orgs, and of those that an override holds",
        `npx fleet stale --stack ${STACK}`,
        async (checked) => {
            const { code, output } = await fleet(story, "stale", ...delivery.fleetSources);
            teller.show(output);
            checked("it ends with exit code 1: something is stale", code === 1, code);
            checked(
                `it counts ${planned.length} stale, ${heldKeys.length} held and 2 unmanaged`,
                counts(output).stale === planned.length &&
                    counts(output).held === heldKeys.length &&
                    counts(output).unmanaged === 2,
                output,
            );
        },
    );

    await teller.tell(
        "A change to :latest is refused by the policy pack before anything changes",
        delivery.commands.policy,
        async (checked) => {
            const said = await delivery.tryImage("org-acme/agent-coder", published.legacyImage);
            teller.show(said ?? "(the pack let it through)");
            checked(
                "the pack refused it by require-immutable-images",
                said?.includes("require-immutable-images") === true,
                said,
            );
            const after = await managedAgents(story);
            checked("nothing was changed in the cluster", same(after, before), after);
        },
    );

    await tellRollout(story, before, planned);
    return planned;
}

/** Step 9: exactly what was planned is updated, and the pods run it. */
async function tellRollout(
    story: Story,
    before: Awaited<ReturnType<typeof managedAgents>>,
    planned: readonly PlannedChange[],
): Promise<void> {
    const { cluster, delivery, orgs, teller } = story;
    await teller.tell("The release reaches the orgs", delivery.commands.orgsUp, async (checked) => {
        await delivery.orgsUp();
        const after = await managedAgents(story);
        const updated = after.filter(
            ({ key, image }) => image !== before.find((agent) => agent.key === key)?.image,
        );
        teller.show(`updated=${updated.length} already-current=${after.length - updated.length}`);
        checked(
            "exactly the agents of the preview were updated",
            JSON.stringify(updated.map(({ key, image }) => [key, image])) ===
                JSON.stringify(planned.map(({ key, to }) => [key, to])),
            updated,
        );
        for (const slug of Object.keys(orgs)) {
            const wanted = after
                .filter(({ key }) => key.startsWith(`org-${slug}/`))
                .map(({ image }) => image);
            const digests = [...new Set(wanted.map((image) => image.slice(image.indexOf("@") + 1)))].sort();
            const running = await cluster.runningDigests(`org-${slug}`);
            checked(
                `the pods of "${slug}" run ${digests.length === 1 ? "that digest" : "these digests"}`,
                JSON.stringify(running) === JSON.stringify(digests),
                { running, digests },
            );
        }
    });
}
