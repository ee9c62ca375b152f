import { STACK } from "./scenario";
import { type Story, allRun, counts, managedAgents, runFleet } from "./story";

/** Whom the next steps hold, and let go again. */
const WHO = "globex/concierge";
const REASON = "Ticket 4823: their review of v0.3.45 ends next week";

/** Steps 13 to 15: one customer is held on the release before, which is explained and listed; then let go again. */
export async function tellExceptions(story: Story): Promise<void> {
    const { delivery, published, teller, workspace } = story;
    const { next, mended } = published;
    const until = new Date(Date.now() + 14 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    const fleet = (...args: string[]) => runFleet([...args, "--project", workspace.directory], workspace.env);
    const { reference, outputs } = delivery.sources;
    const held = async () =>
        (await managedAgents(story, [STACK])).filter(({ key }) => key.startsWith("org-globex/"));

    const hold = ["hold", WHO, "--to", next.name, "--until", until, "--owner", "support@genbrain.example"];
    await teller.tell(
        `A customer asks for ${next.name} for two weeks more: held, by a line of their file with owner, reason and day`,
        `npx fleet ${hold.join(" ")} --reason "${REASON}" && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            const { code, output } = await fleet(...hold, "--reason", REASON);
            teller.show(output);
            checked("the override is written", code === 0, output);
            const deployed = await delivery.up(STACK);
            const agents = await held();
            checked(`its pods run ${next.name}, by digest`, allRun(agents, next), { deployed, agents });
        },
    );

    await teller.tell(
        "Why it runs what it runs, who says so in which line, and what the next update does to it",
        `npx fleet explain ${WHO}`,
        async (checked) => {
            const { code, output } = await fleet("explain", WHO, ...reference, ...outputs);
            teller.show(output);
            checked("it is held, and everything of it is known: exit code 0", code === 0, output);
            checked(
                "the reason is named with file and line, and what would change it",
                /orgs\/prod\/globex\.yaml:\d+/.test(output) &&
                    output.replace(/\s+/g, " ").includes(REASON) &&
                    output.includes(`"fleet unhold ${WHO}"`),
                output,
            );
        },
    );

    await teller.tell(
        "Everyone who is on purpose not on the pin; then the customer is let go again",
        `npx fleet exceptions && npx fleet unhold ${WHO} && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            const listed = await fleet("exceptions");
            teller.show(listed.output);
            checked(
                "two overrides stand, with who answers for them and until when, and none has expired",
                listed.code === 0 && counts(listed.output)["standing"] === 2,
                listed.output,
            );
            const { code, output } = await fleet("unhold", WHO);
            checked("the line is taken out of the file", code === 0, output);
            const deployed = await delivery.up(STACK);
            const agents = await held();
            checked(`its pods run ${mended.name} again`, allRun(agents, mended), { deployed, agents });
        },
    );
}
