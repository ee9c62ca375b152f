import * as path from "node:path";
import { parseImageReference } from "../../images/imageReference";
import { runProjectCommand } from "./projectCommand";
import { STACK } from "./scenario";
import { type Story, managedAgents, same } from "./story";
import { readPins, runsRelease, samePins } from "./tellBeginning";

/** Steps 4 and 5: a release whose second runtime is forgotten, caught; then one promotion of both. */
export async function tellPromotion(story: Story): Promise<void> {
    const { cluster, delivery, published, teller, workspace } = story;
    const { next, old } = published;
    const file = path.join(workspace.directory, "release.json");
    const project = ["--project", workspace.directory];
    const run = (...args: readonly string[]) => runProjectCommand("fleet", args, workspace.env);
    const promote = (...args: readonly string[]) =>
        run("promote", ...project, "--release", file, "--env", STACK, ...delivery.promoteOptions, ...args);

    await teller.tell(
        `CI publishes ${next.name}, somebody promotes one runtime of two, and the forgotten one is caught`,
        `npx fleet coverage --env ${STACK}`,
        async (checked) => {
            for (const [runtime, image] of Object.entries(next.images)) {
                const added = await run("release", "add", ...releaseArguments(file, runtime, image, story));
                checked(`"${runtime}" is in the release file, with its smoke test`, added.code === 0, added);
            }
            const narrowed = await promote("--runtime", "claude-code", "--partial", "only this one, for now");
            checked('"claude-code" alone was promoted', narrowed.code === 0, narrowed.output);
            const { code, output } = await run("coverage", ...project, "--env", STACK, "--release", file);
            teller.show(output);
            checked(
                'coverage fails and names "platform-agent", published and never promoted',
                code === 1 && output.includes("platform-agent") && output.includes(next.name),
                { code, output },
            );
        },
    );

    const before = await managedAgents(story);
    await teller.tell(
        "One promotion moves every runtime's pin",
        `npx fleet promote --release release.json --env ${STACK}`,
        async (checked) => {
            const { code, output } = await promote();
            teller.show(output.slice(output.lastIndexOf("fleet promote")));
            checked("it ends with exit code 0", code === 0, output);
            const pins = await readPins(story);
            checked(`the reference's pins are ${next.name} for both runtimes`, samePins(pins, next), pins);
            const core = await cluster.agents("agents");
            checked(`the core fleet runs ${next.name}`, runsRelease(core, next), core);
            const covered = await run("coverage", ...project, "--env", STACK, "--release", file);
            checked("coverage has nothing to say any more", covered.code === 0, covered.output);
            const after = await managedAgents(story);
            checked(`no customer's agent has changed yet: all run ${old.name}`, same(after, before), after);
        },
    );
}

function releaseArguments(
    file: string,
    runtime: string,
    image: string,
    { published: { next } }: Story,
): readonly string[] {
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        throw new Error(`"${image}": ${parsed.reason}`);
    }
    return [
        ...["--file", file, "--release", next.name, "--runtime", runtime],
        ...["--image", image.replace(/@.*$/, ""), "--digest", parsed.reference.digest ?? ""],
        ...["--git-sha", next.gitSha, "--published-at", next.publishedAt],
        ...["--evidence", `smoke=passed:https://ci.genbrain.example/runs/${next.gitSha}`],
    ];
}
