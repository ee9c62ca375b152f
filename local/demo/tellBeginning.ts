import { parseRuntimeImages } from "../../images/runtimeImages";
import { imagesOf } from "./imagesOf";
import { legacyFleet } from "./legacyFleet";
import * as scenario from "./scenario";
import { type Story, managedAgents, same } from "./story";

/** Steps 1 to 3: the legacy fleet, the platform's pins, and orgs that are born on them. */
export async function tellBeginning(story: Story): Promise<void> {
    const { cluster, context, delivery, orgs, published, teller, workspace } = story;
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
                `${legacy.length} agents in ${scenario.LEGACY_ORGS.length} orgs run "${legacyImage}"`,
                legacy.length === scenario.LEGACY_ORGS.length &&
                    legacy.every(({ image }) => image === legacyImage),
                legacy,
            );
        },
    );

    await teller.tell(
        `The platform pins ${old.name} for every runtime and exports the pins`,
        delivery.commands.platformUp,
        async (checked) => {
            workspace.writeSettings("platform", scenario.STACK, scenario.platformSettings(context, old));
            const pins = await readPins(story);
            checked("the output runtimeImages has a digest for both runtimes", samePins(pins, old), pins);
            const core = await cluster.agents("agents");
            checked("the core fleet runs the pins", runsRelease(core, old), core);
        },
    );

    await teller.tell(
        "The customer orgs are deployed: every org is born on the pin",
        delivery.commands.orgsUp,
        async (checked) => {
            for (const [slug, org] of Object.entries(orgs)) {
                workspace.writeOrg(scenario.STACK, slug, org);
            }
            workspace.writeSettings("customer-orgs", scenario.STACK, scenario.customerOrgsSettings(context));
            await delivery.orgsUp();
            const agents = await managedAgents(story);
            const images = Object.values(old.images);
            checked(
                `${agents.length} agents of ${Object.keys(orgs).length} orgs run ${old.name}, by digest`,
                agents.length === 6 && agents.every(({ image }) => images.includes(image)),
                agents,
            );
        },
    );
}

/** Deploys the platform's stack and reads its pins: runtime → image. */
export async function readPins({ delivery }: Story): Promise<Readonly<Record<string, string>>> {
    return imagesOf(
        parseRuntimeImages(await delivery.platformUp(), `organization/platform/${scenario.STACK}`),
    );
}

/** Whether the pins are a release's images. */
export function samePins(pins: Readonly<Record<string, string>>, release: scenario.Release): boolean {
    return same(Object.entries(pins).sort(), Object.entries(release.images).sort());
}

/** Whether each core agent runs its runtime's image of a release. */
export function runsRelease(
    core: readonly { key: string; image: string }[],
    release: scenario.Release,
): boolean {
    const wanted = Object.entries(scenario.CORE_FLEET).map(([name, runtime]) => [
        `agents/agent-${name}`,
        release.images[runtime],
    ]);
    return same(
        core.map(({ key, image }) => [key, image]),
        wanted.sort(),
    );
}
