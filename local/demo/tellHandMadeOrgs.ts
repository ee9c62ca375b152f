import type { PlannedChange } from "./delivery";
import { LEGACY_ORGS, STACK } from "./scenario";
import { type Story, counts, fleet, managedAgents, same } from "./story";

/** Steps 10 to 12: nothing is stale, and the orgs that nobody manages are named, synced for a trial, and one is adopted. */
export async function tellHandMadeOrgs(story: Story, planned: readonly PlannedChange[]): Promise<void> {
    const { cluster, delivery, published, teller } = story;
    await teller.tell(
        "Again: nothing is stale, and the two hand-made orgs are named",
        `npx fleet stale --stack ${STACK}`,
        async (checked) => {
            const changes = await delivery.preview(await managedAgents(story));
            checked("the preview would change nothing", changes.length === 0, changes);
            const { output } = await fleet(story, "stale", ...delivery.fleetSources);
            teller.show(output);
            checked(
                "nothing that is managed is stale",
                counts(output).stale === 0 && counts(output)["already-current"] === planned.length,
                output,
            );
            const unmanaged = output.split("\n").filter((line) => line.startsWith("unmanaged"));
            checked(
                "the two hand-made orgs are named as unmanaged",
                unmanaged.length === 2 &&
                    LEGACY_ORGS.every((slug, index) => unmanaged[index]?.includes(` ${slug} `)),
                unmanaged,
            );
        },
    );

    await teller.tell(
        "What a sync would do for orgs that nobody manages",
        `npx fleet sync --stack ${STACK} --dry-run`,
        async (checked) => {
            const legacy = async () => {
                const all = await cluster.agents("org-");
                return all.filter(({ image }) => image === published.legacyImage).map(({ key }) => key);
            };
            const mutable = await legacy();
            const sources = delivery.fleetSources.filter((_, index, all) => all[index - 1] === "--reference");
            const { code, output } = await fleet(
                story,
                "sync",
                "--dry-run",
                ...sources.flatMap((file) => ["--reference", file]),
            );
            teller.show(output);
            checked(
                "it would update the two hand-made agents and no other",
                code === 0 &&
                    counts(output).updated === 2 &&
                    mutable.every((key) => output.includes(`would update    ${key}`)),
                output,
            );
            checked("and it changed nothing", same(await legacy(), mutable), await legacy());
        },
    );

    await tellAdoption(story);
}

/** Step 12. It needs an engine's state. */
async function tellAdoption(story: Story): Promise<void> {
    const { cluster, delivery, published, teller } = story;
    const [slug] = LEGACY_ORGS;
    if (!delivery.hasState) {
        teller.show(`(fleet adopt takes "${slug}" into an engine's state: left out without an engine)`);
        return;
    }
    await teller.tell(
        `"${slug}" is adopted: its file is written, its objects are imported, nothing is recreated`,
        `npx fleet adopt --stack ${STACK} --org ${slug} --import && ${delivery.commands.orgsUp}`,
        async (checked) => {
            const uidOf = async () =>
                (await cluster.namespaces("org-")).find(({ name }) => name === `org-${slug}`)?.uid;
            const uid = await uidOf();
            const { code, output } = await fleet(story, "adopt", "--org", slug, "--import");
            teller.show(output);
            checked("the preview after the import does what was said, and nothing else", code === 0, output);
            await delivery.orgsUp();
            const agents = await cluster.agents(`org-${slug}`);
            checked(
                `its agent runs ${published.next.name}, by digest`,
                agents.length === 1 &&
                    agents.every(({ image }) => image === published.next.images["claude-code"]),
                agents,
            );
            checked("its namespace is the same one", (await uidOf()) === uid, uid);
            const stale = await fleet(story, "stale", ...delivery.fleetSources);
            checked(
                "one org is left that nobody manages",
                counts(stale.output).unmanaged === LEGACY_ORGS.length - 1,
                stale.output,
            );
        },
    );
}
