import * as fs from "node:fs";
import * as path from "node:path";
import { type LoadedStack } from "../../config/loadStack";
import { loadNamedStack } from "../../config/loadStacks";
import type { CommandIo } from "../../lib/system/commandIo";
import type { Steps } from "../../lib/system/interruption";
import { MendableError } from "../../lib/text/mendableError";
import { quoteNames } from "../../lib/text/quoteValue";
import { MovedStack } from "./movedStack";
import {
    type StackDeployment,
    forgetOrg,
    hasOrg,
    namesOrg,
    takeOrg,
    takeProof,
    withoutOrg,
} from "./orgState";
import { findDifferences, readPinsOf } from "./sameObjects";

/** Orgs that go from one stack to another. */
export interface OrgMove {
    readonly project: string;
    readonly from: string;
    readonly to: string;
    readonly slugs: readonly string[];
    /** Whether the stack that they come to is a part of the one that they come from, and has proven what that one has. */
    readonly sharesProof: boolean;
}

/** One of the two stacks of a move. */
interface Side {
    readonly name: string;
    readonly loaded: LoadedStack;
    readonly stack: MovedStack;
}

/**
 * Moves orgs' files, then their resources from state to state, then what the outputs say of them. Nothing in the cluster is touched. Each
 * step is done only where it is not done yet, so that a move that was interrupted anywhere is finished by the same one; in between no
 * update of either stack ends an org: the one that has its resources refuses without its file, and the other cannot create it.
 *
 * @throws MendableError where it is refused, before anything was changed, or a step fails
 */
export async function moveOrgs(move: OrgMove, io: CommandIo, { begin }: Steps): Promise<void> {
    const { project, slugs } = move;
    const [from, to] = [await openSide(project, move.from), await openSide(project, move.to)];
    const again = `run this again to finish the move of ${quoteNames(slugs)} from "${from.name}" to "${to.name}"`;
    refuseOtherCluster(from, await from.stack.read(), to, await to.stack.read());
    const files = slugs.filter((slug) => fs.existsSync(fileOf(project, from, slug)));
    await refuseDifferences(project, files, from, to, io.now());

    begin("nothing was changed");
    renameFiles(project, files, from, to);
    io.err(`${from.name} → ${to.name}: ${files.length} files are moved`);

    begin(again);
    const arrived = await to.stack.read();
    const twice = slugs.filter((slug) => hasOrg(arrived, to.name, slug));
    // Both states have them where the engine was killed between the two; what has arrived is whole.
    await from.stack.change((state) =>
        twice.reduce((left, slug) => withoutOrg(left, from.name, slug), state),
    );
    const left = await from.stack.read();
    const toMove = slugs.filter((slug) => hasOrg(left, from.name, slug));
    if (toMove.length > 0) {
        await from.stack.moveOrgs(toMove, to.name).catch(async (error: unknown) => {
            const back = await putBack(project, files, from, to).catch(() => false);
            throw back && error instanceof MendableError
                ? new MendableError(
                      `${error.message}\nNothing was changed: the files are back where they were`,
                  )
                : error;
        });
    }
    io.err(`${from.name} → ${to.name}: the resources of ${toMove.length} orgs are moved from state to state`);

    begin(again);
    const said = await from.stack.read();
    const toSay = slugs.filter((slug) => namesOrg(said, slug));
    await to.stack.change((state) => {
        const proven = move.sharesProof && toSay.length > 0 ? takeProof(state, said) : state;
        return toSay.reduce((next, slug) => takeOrg(next, said, slug), proven);
    });
    begin(again);
    await from.stack.change((state) => toSay.reduce(forgetOrg, state));
    io.err(`${from.name} → ${to.name}: the outputs of both stacks say so`);
}

async function openSide(project: string, name: string): Promise<Side> {
    const loaded = loadNamedStack(project, name);
    return { name, loaded, stack: await MovedStack.open(project, name) };
}

function renameFiles(project: string, slugs: readonly string[], from: Side, to: Side): void {
    for (const slug of slugs) {
        const target = fileOf(project, to, slug);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.renameSync(fileOf(project, from, slug), target);
    }
}

/**
 * Undoes the first step where the engine did not do the second, as while an update holds a lock: whoever updates the stack that has the orgs
 * must find their files.
 *
 * @returns whether the orgs are where they were, files and resources
 */
async function putBack(project: string, files: readonly string[], from: Side, to: Side): Promise<boolean> {
    const [left, right] = [await from.stack.read(), await to.stack.read()];
    const untouched = files.every((slug) => hasOrg(left, from.name, slug) && !hasOrg(right, to.name, slug));
    if (untouched) {
        renameFiles(project, files, to, from);
    }
    return untouched;
}

function fileOf(project: string, { loaded }: Side, slug: string): string {
    return path.join(project, loaded.config.orgs, `${slug}.yaml`);
}

/** An org's objects stay where they are: both stacks must mean the same cluster, by the same words, since the provider is made of them. */
function refuseOtherCluster(from: Side, left: StackDeployment, to: Side, right: StackDeployment): void {
    const clusterOf = ({ config }: LoadedStack) => JSON.stringify([config.kubeContext, config.kubeconfig]);
    if (clusterOf(from.loaded) !== clusterOf(to.loaded)) {
        throw new MendableError(
            `"${from.name}" and "${to.name}" name their cluster in different words; expected the same kubeContext and kubeconfig: an org's objects stay where they are`,
        );
    }
    const [known, other] = [uidOf(left), uidOf(right)];
    if (other === undefined) {
        throw new MendableError(
            `the stack "${to.name}" was never applied to a cluster; expected "npx fleet up --stack ${to.name}" once, before an org comes to it`,
        );
    }
    if (known !== other) {
        throw new MendableError(
            `"${from.name}" and "${to.name}" were applied to different clusters; expected the same: an org's objects stay where they are`,
        );
    }
}

function uidOf({ resources }: StackDeployment): unknown {
    return resources?.find(({ type }) => type === "pulumi:index:Stash")?.outputs?.["output"];
}

async function refuseDifferences(
    project: string,
    slugs: readonly string[],
    from: Side,
    to: Side,
    now: Date,
): Promise<void> {
    if (slugs.length === 0) {
        return;
    }
    const leaving = from.loaded.orgs.filter(
        ({ slug, offboarding }) => slugs.includes(slug) && offboarding !== undefined,
    );
    const rendered = async ({ name: stack, loaded }: Side) => ({
        ...{ stack, loaded },
        pins: await readPinsOf(project, stack, loaded),
    });
    const [here, there] = await Promise.all([rendered(from), rendered(to)]);
    const problems = leaving.map(
        ({ slug }) => `${slug}: it is being offboarded; expected that to be finished first`,
    );
    for (const slug of slugs) {
        const differences = await findDifferences(project, slug, here, there, now);
        problems.push(...differences.map((line) => `${slug}: ${line}`));
    }
    if (problems.length > 0) {
        const shown = problems.slice(0, 10);
        const more = problems.length > 10 ? [`and ${problems.length - 10} more`] : [];
        throw new MendableError(
            `a move changes nothing in the cluster, and "${to.name}" would make something else of them than "${from.name}":\n` +
                [...shown, ...more].map((line) => `  - ${line}`).join("\n") +
                "\nNothing was changed; expected the same settings and proven releases in both stacks, or the difference in the org's own file",
            { problems },
        );
    }
}
