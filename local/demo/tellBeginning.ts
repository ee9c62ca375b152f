import { legacyFleet } from "./legacyFleet";
import { CANARY, LEGACY_ORGS, RINGS, STACK, platformSettings, ringSettings } from "./scenario";
import { type Story, allRun, coreRuns, handsOn, managedAgents } from "./story";

/** Steps 1 to 3: the legacy fleet, the platform's pins, and orgs that are born on them, ring by ring. */
export async function tellBeginning(story: Story): Promise<void> {
    const { cluster, delivery, orgs, place, published, teller, workspace } = story;
    const { old, legacyImage } = published;

    await teller.tell(
        "A legacy fleet: core agents on a git-SHA tag, two hand-made orgs on agent:latest",
        "kubectl apply -f legacy.yaml",
        async (checked) => {
            await cluster.apply(legacyFleet(published), "kubectl");
            await cluster.waitForRollout("agents");
            await cluster.waitForRollout("org-");
            const legacy = await cluster.agents("org-");
            checked(
                `${legacy.length} agents in ${LEGACY_ORGS.length} orgs run "${legacyImage}"`,
                legacy.length === LEGACY_ORGS.length && legacy.every(({ image }) => image === legacyImage),
                legacy,
            );
        },
    );

    await teller.tell(
        `The platform pins ${old.name} for every runtime and exports the pins`,
        delivery.commands.up("platform"),
        async (checked) => {
            workspace.writeSettings("platform", STACK, platformSettings(place, old));
            const deployed = await delivery.up("platform");
            checked(
                "the output runtimeImages has a digest for both runtimes",
                handsOn(deployed, old),
                deployed,
            );
            checked(
                "the core fleet runs the pins",
                await coreRuns(story, old),
                await cluster.agents("agents"),
            );
        },
    );

    await teller.tell(
        `The customers are deployed in two rings, "${CANARY}" before "${STACK}": every org is born on the pin`,
        RINGS.map((ring) => delivery.commands.up(ring)).join(" && "),
        async (checked) => {
            for (const ring of RINGS) {
                for (const [slug, org] of Object.entries(orgs[ring])) {
                    workspace.writeOrg(ring, slug, org);
                }
                workspace.writeSettings("customer-orgs", ring, ringSettings(place, ring));
                const deployed = await delivery.up(ring);
                checked(
                    `"${ring}" has proven ${old.name}, and hands it on`,
                    handsOn(deployed, old),
                    deployed,
                );
            }
            const agents = await managedAgents(story);
            checked(
                `${agents.length} agents of ${Object.values(orgs).flatMap(Object.keys).length} orgs run ${old.name}, by digest`,
                agents.length === 8 && allRun(agents, old),
                agents,
            );
        },
    );
}
