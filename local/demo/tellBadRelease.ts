import { CANARY, STACK } from "./scenario";
import {
    STALE_COMMAND,
    type Story,
    coreRuns,
    counts,
    handsOn,
    imagesOf,
    managedAgents,
    same,
    stale,
} from "./story";
import { promote, writeRelease } from "./tellPromotion";
import { checkEverybodyRuns } from "./tellRelease";

/** Steps 10 to 12: a release that the platform's own agents run and customers' cannot, stopped in the canary; and the one that mends it. */
export async function tellBadRelease(story: Story): Promise<void> {
    const { delivery, published, teller } = story;
    const { bad, mended, next } = published;
    const before = await managedAgents(story, [STACK]);

    await teller.tell(
        `${bad.name} lacks the tools of customers' agents. The platform's own agents run it, and the canary does not`,
        `npx fleet promote --release releases/${bad.name}.json --env ${STACK} && ${delivery.commands.up(CANARY)} && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            await writeRelease(story, bad);
            const promoted = await promote(story, bad);
            checked("nobody sees it at the promotion: exit code 0", promoted.code === 0, promoted.output);
            const platform = await delivery.up("platform");
            checked(
                `the core fleet runs ${bad.name}, and the platform hands it on`,
                handsOn(platform, bad) && (await coreRuns(story, bad)),
                platform,
            );
            const canary = await delivery.up(CANARY);
            teller.show(canary.failed ?? "(the canary was rolled)");
            checked(
                `the canary's update fails, and names the agent`,
                canary.failed?.includes("dogfood/concierge: CrashLoopBackOff") === true,
                canary,
            );
            checked(`"${CANARY}" still hands on ${next.name}`, handsOn(canary, next), canary.outputs);
            const further = await delivery.up(STACK);
            const after = await managedAgents(story, [STACK]);
            checked(
                `"${STACK}" is deployed again, and nothing changes there`,
                further.failed === undefined && same(imagesOf(after), imagesOf(before)),
                { further, after },
            );
        },
    );

    await teller.tell("How far behind everybody is meanwhile", STALE_COMMAND, async (checked) => {
        const { code, output } = await stale(story);
        teller.show(output);
        checked("it ends with exit code 1", code === 1, output);
        checked(
            "the canary's agent is failing, with the reason",
            counts(output)["failing"] === 1 && output.includes("CrashLoopBackOff"),
            output,
        );
        const customers = output.split("\n").filter((line) => /^current .* 1 release, \d+ d$/.test(line));
        const waiting = before.length - 1;
        checked(
            `the ${waiting} agents of "${STACK}" that nobody holds are one release behind`,
            customers.length === waiting,
            output,
        );
    });

    await teller.tell(
        `${mended.name} mends it, and goes all the way`,
        `npx fleet promote --release releases/${mended.name}.json --env ${STACK} && ${delivery.commands.up(CANARY)} && ${delivery.commands.up(STACK)}`,
        async (checked) => {
            await writeRelease(story, mended);
            const promoted = await promote(story, mended);
            checked("promoted", promoted.code === 0, promoted.output);
            for (const stack of ["platform", CANARY, STACK] as const) {
                const deployed = await delivery.up(stack);
                checked(`"${stack}" has proven ${mended.name}`, handsOn(deployed, mended), deployed);
            }
            await checkEverybodyRuns(story, checked, mended);
        },
    );
}
