import type { KubeConfig } from "@kubernetes/client-node";
import { parseRuntimeImages } from "../../images/runtimeImages";
import type { Workspace } from "../workspace";
import { ClusterView } from "./clusterView";
import type { Delivery } from "./delivery";
import { legacyFleet } from "./legacyFleet";
import * as scenario from "./scenario";
import { findUnmanaged, imagesOf, staleTable } from "./staleTable";
import type { StoryTeller } from "./storyTeller";

/** Where the story is told. */
export interface Stage {
    readonly kubeConfig: KubeConfig;
    readonly context: string;
    readonly workspace: Workspace;
    readonly delivery: Delivery;
    readonly teller: StoryTeller;
}

/**
 * Tells the story of the seeds on a real API server: drift, the pin, a release, the refusal of `:latest`.
 *
 * @throws ClaimError when a step's claim is not borne out by the API server; whatever a step fails with
 */
export async function tellStory({ kubeConfig, context, workspace, delivery, teller }: Stage): Promise<void> {
    const cluster = new ClusterView(kubeConfig);
    const orgs = scenario.customerOrgs(new Date());
    const { OLD_RELEASE: old, NEW_RELEASE: next, STACK: stack } = scenario;
    const managed = async () => {
        const all = await cluster.agents("org-");
        return all.filter(({ key }) => Object.keys(orgs).some((slug) => key.startsWith(`org-${slug}/`)));
    };

    await teller.tell(
        "A legacy fleet: core agents on a git-SHA tag, two hand-made orgs on agent:latest",
        "kubectl apply -f legacy.yaml",
        async (checked) => {
            await cluster.apply(legacyFleet(), "kubectl");
            await cluster.waitForRollout("agents");
            await cluster.waitForRollout("org-");
            const legacy = await cluster.agents("org-");
            checked(
                `${legacy.length} agents in ${scenario.LEGACY_ORGS.length} orgs run "${scenario.LEGACY_IMAGE}"`,
                legacy.length === scenario.LEGACY_ORGS.length &&
                    legacy.every(({ image }) => image === scenario.LEGACY_IMAGE),
                legacy,
            );
        },
    );

    const pinRelease = async (release: scenario.Release) => {
        workspace.writeSettings("platform", stack, scenario.platformSettings(context, release));
        return parseRuntimeImages(await delivery.platformUp(), `organization/platform/${stack}`);
    };
    await teller.tell(
        `The platform pins ${old.name} for every runtime and exports the pins`,
        delivery.commands.platformUp,
        async (checked) => {
            const pins = imagesOf(await pinRelease(old));
            checked("the output runtimeImages has a digest for both runtimes", sameImages(pins, old), pins);
            const core = await cluster.agents("agents");
            checked("the core fleet runs the pins", runsRelease(core, old), core);
        },
    );

    await teller.tell(
        "The customer orgs are deployed: every org is born on the pin",
        delivery.commands.orgsUp,
        async (checked) => {
            for (const [slug, org] of Object.entries(orgs)) {
                workspace.writeOrg(stack, slug, org);
            }
            workspace.writeSettings("customer-orgs", stack, scenario.customerOrgsSettings(context));
            await delivery.orgsUp();
            const agents = await managed();
            const images = Object.values(old.images);
            checked(
                `${agents.length} agents of ${Object.keys(orgs).length} orgs run ${old.name}, by digest`,
                agents.length === 6 && agents.every(({ image }) => images.includes(image)),
                agents,
            );
        },
    );

    await teller.tell(
        `Release ${next.name} is pinned for both runtimes`,
        delivery.commands.platformUp,
        async (checked) => {
            const pins = imagesOf(await pinRelease(next));
            checked(`the reference's pins are ${next.name} for both runtimes`, sameImages(pins, next), pins);
            const core = await cluster.agents("agents");
            checked(`the core fleet runs ${next.name}`, runsRelease(core, next), core);
            const agents = await managed();
            checked(
                "no customer's agent has changed yet",
                agents.every(({ image }) => Object.values(old.images).includes(image)),
                agents,
            );
        },
    );

    const before = await managed();
    const planned = await teller.tell(
        "The preview lists the stale orgs, and which are held by an override",
        delivery.commands.preview,
        async (checked) => {
            const changes = await delivery.preview(before);
            teller.show(staleTable(before, changes));
            const stale = before.filter(({ key }) => !key.startsWith("org-umbrella/")).map(({ key }) => key);
            checked(
                `${stale.length} agents are stale, and the preview would change exactly these`,
                JSON.stringify(changes.map(({ key }) => key)) === JSON.stringify(stale),
                changes,
            );
            return changes;
        },
    );

    await teller.tell(
        "A change to :latest is refused by the policy pack before anything changes",
        delivery.commands.policy,
        async (checked) => {
            const said = await delivery.tryImage("org-acme/agent-coder", scenario.LEGACY_IMAGE);
            teller.show(said ?? "(the pack let it through)");
            checked(
                "the pack refused it by require-immutable-images",
                said?.includes("require-immutable-images") === true,
                said,
            );
            const after = await managed();
            checked("nothing was changed in the cluster", same(after, before), after);
        },
    );

    await teller.tell("The release reaches the orgs", delivery.commands.orgsUp, async (checked) => {
        await delivery.orgsUp();
        const after = await managed();
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

    await teller.tell(
        "Again: nothing is stale, and the hand-made orgs are named",
        delivery.commands.preview,
        async (checked) => {
            const changes = await delivery.preview(await managed());
            checked("the preview would change nothing", changes.length === 0, changes);
            const unmanaged = findUnmanaged(await cluster.namespaces("org-"));
            teller.show(`unmanaged, and on nobody's pin: ${unmanaged.join(", ")}`);
            checked(
                "the two hand-made orgs are named as unmanaged",
                JSON.stringify(unmanaged) ===
                    JSON.stringify(scenario.LEGACY_ORGS.map((slug) => `org-${slug}`)),
                unmanaged,
            );
        },
    );
}

function sameImages(pins: Readonly<Record<string, string>>, release: scenario.Release): boolean {
    return same(Object.entries(pins).sort(), Object.entries(release.images).sort());
}

function runsRelease(core: readonly { key: string; image: string }[], release: scenario.Release): boolean {
    const wanted = Object.entries(scenario.CORE_FLEET).map(([name, runtime]) => [
        `agents/agent-${name}`,
        release.images[runtime],
    ]);
    return same(
        core.map(({ key, image }) => [key, image]),
        wanted.sort(),
    );
}

function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}
