import { BY_HAND } from "./legacyFleet";
import { LEGACY_ORGS, STACK } from "./scenario";
import { STALE_COMMAND, type Story, allRun, counts, managedAgents, runFleet, same, stale } from "./story";

/** Steps 16 to 19: nothing is stale, and the orgs that nobody manages are named, synced for a trial, and one is adopted. */
export async function tellHandMadeOrgs(story: Story): Promise<void> {
    const { cluster, delivery, place, published, teller, workspace } = story;
    await teller.tell(
        "Again: nothing is stale, and the two hand-made orgs are named",
        STALE_COMMAND,
        async (checked) => {
            const managed = await managedAgents(story);
            const changes = await delivery.preview(STACK, managed);
            checked("the preview would change nothing", changes.length === 0, changes);
            const { output } = await stale(story);
            teller.show(output);
            const core = await cluster.agents("agents");
            checked(
                "nothing that is managed is stale, of the core fleet neither",
                counts(output).stale === 0 &&
                    counts(output)["already-current"] === managed.length - 1 + core.length,
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

    // Without an engine's state nothing tells which cluster the stack is of: the context is named instead.
    const where = delivery.hasState ? ["--stack", STACK] : ["--context", String(place["kubeContext"])];
    await teller.tell(
        "What a sync would do for orgs that nobody manages",
        `npx fleet sync ${where.join(" ")} --dry-run`,
        async (checked) => {
            const legacy = async () => {
                const all = await cluster.agents("org-");
                return all.filter(({ image }) => image === published.legacyImage).map(({ key }) => key);
            };
            const mutable = await legacy();
            const { code, output } = await runFleet(
                [
                    ...["sync", ...where, "--project", workspace.directory, "--dry-run"],
                    ...delivery.sources.reference,
                ],
                workspace.env,
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

/** It needs an engine's state. */
async function tellAdoption(story: Story): Promise<void> {
    const { cluster, delivery, published, teller, workspace } = story;
    const [slug] = LEGACY_ORGS;
    if (!delivery.hasState) {
        teller.show(`(fleet adopt takes "${slug}" into an engine's state: left out without an engine)`);
        return;
    }
    await teller.tell(
        `"${slug}" is adopted: its file is written, its objects are imported, nothing is recreated`,
        `npx fleet adopt --stack ${STACK} --org ${slug} --import && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            const uid = await cluster.uidOf(`org-${slug}`);
            const { code, output } = await runFleet(
                ["adopt", "--stack", STACK, "--project", workspace.directory, "--org", slug, "--import"],
                workspace.env,
            );
            teller.show(output);
            checked("the preview after the import does what was said, and nothing else", code === 0, output);
            const deployed = await delivery.up(STACK);
            const agents = await cluster.agents(`org-${slug}/`);
            checked(
                `its agent runs ${published.mended.name}, by digest`,
                agents.length === 1 && allRun(agents, published.mended),
                { deployed, agents },
            );
            const { command, nodeSelector, mounts } = await cluster.wordsOf(`org-${slug}`, "agent-main");
            checked(
                "its command, its volume and its node selector are what they were",
                same(command, BY_HAND.command) &&
                    nodeSelector["kubernetes.io/os"] === BY_HAND.nodeSelector["kubernetes.io/os"] &&
                    mounts.includes(BY_HAND.scratch),
                { command, nodeSelector, mounts },
            );
            checked("its namespace is the same one", (await cluster.uidOf(`org-${slug}`)) === uid, uid);
            const { output: table } = await stale(story);
            checked(
                "one org is left that nobody manages",
                counts(table).unmanaged === LEGACY_ORGS.length - 1,
                table,
            );
        },
    );
}
