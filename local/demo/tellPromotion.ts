import * as path from "node:path";
import { digestOf, coreRuns, handsOn, imagesOf, managedAgents, runFleet, same, type Story } from "./story";
import { type Release, STACK } from "./scenario";

/** Steps 4 and 5: a release whose second runtime is forgotten, caught; then one promotion of both. */
export async function tellPromotion(story: Story): Promise<void> {
    const { delivery, published, teller, workspace } = story;
    const { next, old } = published;
    const coverage = () =>
        runFleet(
            ["coverage", "--project", workspace.directory, "--env", STACK, "--release", fileOf(story, next)],
            workspace.env,
        );

    await teller.tell(
        `CI publishes ${next.name}, somebody promotes one runtime of two, and the forgotten one is caught`,
        `npx fleet coverage --env ${STACK}`,
        async (checked) => {
            await writeRelease(story, next);
            const narrowed = await promote(
                story,
                next,
                ...["--runtime", "claude-code", "--partial", "only this one, for now"],
            );
            checked('"claude-code" alone was promoted', narrowed.code === 0, narrowed.output);
            const { code, output } = await coverage();
            teller.show(output);
            checked(
                'coverage fails and names "platform-agent", published and never promoted',
                code === 1 && output.includes("platform-agent") && output.includes(next.name),
                { code, output },
            );
        },
    );

    const before = imagesOf(await managedAgents(story));
    await teller.tell(
        "One promotion moves every runtime's pin",
        `npx fleet promote --release releases/${next.name}.json --env ${STACK}`,
        async (checked) => {
            const { code, output } = await promote(story, next);
            teller.show(output.slice(output.lastIndexOf("fleet promote")));
            checked("it ends with exit code 0", code === 0, output);
            const deployed = await delivery.up("platform");
            checked(
                `the reference's pins are ${next.name} for both runtimes`,
                handsOn(deployed, next),
                deployed,
            );
            checked(`the core fleet runs ${next.name}`, await coreRuns(story, next), deployed);
            const covered = await coverage();
            checked("coverage has nothing to say any more", covered.code === 0, covered.output);
            const after = imagesOf(await managedAgents(story));
            checked(`no customer's agent has changed yet: all run ${old.name}`, same(after, before), after);
        },
    );
}

function fileOf({ workspace }: Story, { name }: Release): string {
    return path.join(workspace.directory, "releases", `${name}.json`);
}

/** Promotes a release, as somebody would. */
export function promote(story: Story, release: Release, ...more: readonly string[]) {
    const { delivery, workspace } = story;
    const args = ["--project", workspace.directory, "--release", fileOf(story, release), "--env", STACK];
    return runFleet(["promote", ...args, ...delivery.promoteOptions, ...more], workspace.env);
}

/** Writes a release's file as the pipeline does: every runtime, with its smoke test. */
export async function writeRelease(story: Story, release: Release): Promise<void> {
    const { name, gitSha, publishedAt, images } = release;
    for (const [runtime, image] of Object.entries(images)) {
        const { code, output } = await runFleet(
            [
                ...["release", "add", "--file", fileOf(story, release), "--release", name],
                ...["--runtime", runtime, "--image", image.replace(/@.*$/, ""), "--digest", digestOf(image)],
                ...["--git-sha", gitSha, "--published-at", publishedAt],
                ...["--evidence", `smoke=passed:https://ci.genbrain.example/runs/${gitSha}`],
            ],
            story.workspace.env,
        );
        if (code !== 0) {
            throw new Error(`the release file of ${name} was not written:\n${output}`);
        }
    }
}
