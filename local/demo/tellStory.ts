import type { KubeConfig } from "@kubernetes/client-node";
import { parseRuntimeImages } from "../../images/runtimeImages";
import type { Workspace } from "../workspace";
import { ClusterView } from "./clusterView";
import type { Delivery } from "./delivery";
import { legacyFleet } from "./legacyFleet";
import * as scenario from "./scenario";
import { imagesOf } from "./imagesOf";
import { runProjectCommand } from "./projectCommand";
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

    const where = ["--stack", stack, "--project", workspace.directory];
    const fleet = (command: string, ...args: readonly string[]) =>
        runProjectCommand("fleet", [command, ...where, ...args], workspace.env);

    const before = await managed();
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
        `npm run fleet -- stale --stack ${stack}`,
        async (checked) => {
            const { code, output } = await fleet("stale", ...delivery.fleetSources);
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
        "Again: nothing is stale, and the two hand-made orgs are named",
        `npm run fleet -- stale --stack ${stack}`,
        async (checked) => {
            const changes = await delivery.preview(await managed());
            checked("the preview would change nothing", changes.length === 0, changes);
            const { output } = await fleet("stale", ...delivery.fleetSources);
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
                    scenario.LEGACY_ORGS.every((slug, index) => unmanaged[index]?.includes(` ${slug} `)),
                unmanaged,
            );
        },
    );

    await teller.tell(
        "What a sync would do for orgs that nobody manages",
        `npm run fleet -- sync --stack ${stack} --dry-run`,
        async (checked) => {
            const legacy = async () => {
                const all = await cluster.agents("org-");
                return all.filter(({ image }) => image === scenario.LEGACY_IMAGE).map(({ key }) => key);
            };
            const mutable = await legacy();
            const sources = delivery.fleetSources.filter((_, index, all) => all[index - 1] === "--reference");
            const { code, output } = await fleet(
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
}

/** The counts of a command's last line: `updated=0 already-current=5 …`. */
function counts(output: string): Readonly<Record<string, number>> {
    const last = output.split("\n").at(-1) ?? "";
    return Object.fromEntries(
        [...last.matchAll(/([a-z-]+)=(\d+)/g)].map(([, name = "", count]) => [name, Number(count)]),
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
