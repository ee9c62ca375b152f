import { CANARY, type Release, STACK } from "./scenario";
import {
    STALE_COMMAND,
    type Story,
    allRun,
    counts,
    handsOn,
    imagesOf,
    managedAgents,
    same,
    stale,
} from "./story";
import type { ShownAgent } from "./clusterView";
import type { Check } from "./storyTeller";

/** The one org that an override holds. */
const HELD = "org-umbrella/";

/** Steps 6 to 9: what the release would change, who is how far behind, the refusal of `:latest`, and the release itself, ring by ring. */
export async function tellRelease(story: Story): Promise<void> {
    const { delivery, published, teller } = story;
    const { next } = published;
    const before = await managedAgents(story);

    await teller.tell(
        "The preview lists what the release would change: in the canary, and nowhere else before that has proven it",
        delivery.commands.preview(CANARY),
        async (checked) => {
            const changes = await delivery.preview(CANARY, before);
            for (const { key, to } of changes) {
                teller.show(`${key}  ->  ${to}`);
            }
            const canary = await managedAgents(story, [CANARY]);
            checked(
                `all ${canary.length} agents of "${CANARY}" would be changed`,
                same(
                    changes.map(({ key }) => key),
                    canary.map(({ key }) => key),
                ),
                changes,
            );
            const further = await delivery.preview(STACK, before);
            checked(
                `"${STACK}" would not change: its reference has not proven ${next.name}`,
                further.length === 0,
                further,
            );
        },
    );

    await teller.tell("How far behind everybody is, and who is held", STALE_COMMAND, async (checked) => {
        const { code, output } = await stale(story);
        teller.show(output);
        checked("it ends with exit code 1: something is stale", code === 1, output);
        const { stale: count, held, unmanaged } = counts(output);
        checked(
            "it counts 2 stale, 1 held and 2 unmanaged",
            same([count, held, unmanaged], [2, 1, 2]),
            output,
        );
        const behind = output.split("\n").filter((line) => / 1 release, \d+ d$/.test(line));
        checked(
            `all ${before.length} managed agents are one release behind`,
            behind.length === before.length,
            output,
        );
    });

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
            checked("nothing was changed in the cluster", same(imagesOf(after), imagesOf(before)), after);
        },
    );

    await tellRollout(story, before);
}

/** Step 9: the canary proves the release, and everybody else gets it. */
async function tellRollout(story: Story, before: readonly ShownAgent[]): Promise<void> {
    const { delivery, published, teller } = story;
    const { next, old } = published;
    await teller.tell(
        "The release reaches the canary, which proves it, and then everybody else",
        `${delivery.commands.up(CANARY)} && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            const canary = await delivery.up(CANARY);
            checked(`"${CANARY}" has proven ${next.name}, and hands it on`, handsOn(canary, next), canary);
            const held = before.filter(({ key }) => key.startsWith(HELD));
            const planned = await delivery.preview(STACK, await managedAgents(story));
            const rest = await managedAgents(story, [STACK]);
            checked(
                `"${STACK}" would now change ${planned.length} agents, and not the one that an override holds`,
                planned.length === rest.length - held.length &&
                    !planned.some(({ key }) => key.startsWith(HELD)),
                planned,
            );
            const deployed = await delivery.up(STACK);
            checked(`"${STACK}" has proven it too`, handsOn(deployed, next), deployed);
            await checkEverybodyRuns(story, checked, next);
            const after = await managedAgents(story);
            checked(
                `the held one's pods run ${old.name}`,
                allRun(
                    after.filter(({ key }) => key.startsWith(HELD)),
                    old,
                ),
                after,
            );
        },
    );
}

/** Checks that the pods of all agents but the held one run a release, by the kubelet's word. */
export async function checkEverybodyRuns(story: Story, checked: Check, release: Release): Promise<void> {
    const agents = (await managedAgents(story)).filter(({ key }) => !key.startsWith(HELD));
    checked(
        `the pods of ${agents.length} agents run ${release.name}, by digest`,
        allRun(agents, release),
        agents,
    );
}
