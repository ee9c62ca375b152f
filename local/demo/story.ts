import * as path from "node:path";
import { formatImageReference } from "../../images/imageReference";
import { parseRuntimeImages } from "../../images/runtimeImages";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { type CommandResult, runCommand } from "../../lib/system/runCommand";
import type { StackSettings, Workspace } from "../workspace";
import type { ClusterView, ShownAgent } from "./clusterView";
import type { Deployed, Delivery } from "./delivery";
import { CORE_FLEET, type Published, RINGS, type Release, type Ring, STACK } from "./scenario";
import type { StoryTeller } from "./storyTeller";

/** Where the story is told, and what every part of it works with. */
export interface Story {
    /** The cluster, as in every stack's settings: `kubeContext` and `kubeconfig`. */
    readonly place: StackSettings;
    readonly workspace: Workspace;
    readonly delivery: Delivery;
    readonly teller: StoryTeller;
    readonly cluster: ClusterView;
    readonly published: Published;
    /** Ring → slug → the org's file. */
    readonly orgs: Readonly<Record<Ring, Readonly<Record<string, unknown>>>>;
}

/** The agents of a ring, or of all rings, as the API server has them. */
export async function managedAgents(
    { cluster, orgs }: Story,
    rings: readonly Ring[] = RINGS,
): Promise<readonly ShownAgent[]> {
    const all = await cluster.agents("org-");
    const slugs = rings.flatMap((ring) => Object.keys(orgs[ring]));
    return all.filter(({ key }) => slugs.some((slug) => key.startsWith(`org-${slug}/`)));
}

/** Key → image. */
export function imagesOf(agents: readonly ShownAgent[]): Readonly<Record<string, string>> {
    return Object.fromEntries(agents.map(({ key, image }) => [key, image]));
}

/** Runs `fleet` as a user would, in a process of its own. */
export async function runFleet(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
): Promise<Pick<CommandResult, "code" | "output">> {
    const launcher = path.join(PACKAGE_ROOT, "commands", "fleet.mjs");
    const { code, output } = await runCommand(process.execPath, [launcher, ...args], {
        cwd: PACKAGE_ROOT,
        env: { ...process.env, ...env },
        keep: Infinity,
        mayFail: true,
    });
    return { code, output: output.trimEnd() };
}

/** `fleet stale` of all rings. */
export function stale({ workspace, delivery }: Story) {
    const { reference, outputs } = delivery.sources;
    const rings = RINGS.flatMap((ring) => ["--stack", ring]);
    const where = ["--project", workspace.directory, ...rings, ...reference, ...outputs];
    return runFleet(["stale", ...where], workspace.env);
}

/** What a user would type for {@link stale}. */
export const STALE_COMMAND = `npx fleet stale ${RINGS.map((ring) => `--stack ${ring}`).join(" ")}`;

/** The counts of a command's last line: `updated=0 already-current=5 …`. */
export function counts(output: string): Readonly<Record<string, number>> {
    const last = output.split("\n").at(-1) ?? "";
    return Object.fromEntries(
        [...last.matchAll(/([a-z-]+)=(\d+)/g)].map(([, name = "", count]) => [name, Number(count)]),
    );
}

/** Whether two plain values are the same. */
export function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether a stack hands on exactly a release's images. */
export function handsOn({ outputs }: Deployed, release: Release): boolean {
    const pins = parseRuntimeImages(outputs["runtimeImages"], `organization/platform/${STACK}`);
    const images = [...pins].map(([runtime, { image }]) => [runtime, formatImageReference(image)]);
    return same(images.sort(), Object.entries(release.images).sort());
}

/** Whether each core agent runs its runtime's image of a release. */
export async function coreRuns({ cluster }: Story, release: Release): Promise<boolean> {
    const wanted = Object.entries(CORE_FLEET).map(([name, runtime]) => [
        `agents/agent-${name}`,
        release.images[runtime],
    ]);
    return same(Object.entries(imagesOf(await cluster.agents("agents"))), wanted.sort());
}

/** Whether every agent that is not held has a release's image, and all its ready pods run that digest. */
export function allRun(agents: readonly ShownAgent[], release: Release): boolean {
    const images = Object.values(release.images);
    return agents.every(({ image, running }) => images.includes(image) && same(running, [digestOf(image)]));
}

/** The digest of an image that has one: `sha256:…`. */
export function digestOf(image: string): string {
    return image.slice(image.indexOf("@") + 1);
}
