import * as path from "node:path";
import * as fs from "node:fs";
import { loadNamedStack } from "../../config/loadStacks";
import { findOrgs } from "../../config/readOrgs";
import { listStacks, readStackFile } from "../../config/readStackFile";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { readReference } from "../../config/referenceChain";
import { readReferenceSetting } from "../../config/stackConfig";
import type { CommandIo } from "../../lib/system/commandIo";
import { stepByStep } from "../../lib/system/interruption";
import { MendableError } from "../../lib/text/mendableError";
import { quoteNames } from "../../lib/text/quoteValue";
import { makeStack, readAllParts } from "./makeStack";
import { moveOrgs } from "./moveOrgs";
import { planSplit } from "./planSplit";
import { proveUnchanged } from "./proveUnchanged";

/** The options of `fleet split`. */
export interface SplitOptions {
    readonly project: string;
    readonly stack: string;
    readonly into: number;
}

/**
 * Runs `fleet split`: a stack's orgs into several stacks that read what it reads, with nothing changed in the cluster.
 *
 * @returns 0 where a preview of every stack says that nothing would change, else 1
 * @throws MendableError where it is refused
 */
export function runSplit({ project, stack, into }: SplitOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, async (steps) => {
        const { config } = loadNamedStack(project, stack);
        // A split that was interrupted has some of them elsewhere by now.
        const empty = planSplit(stack, config.orgs, [], into);
        const found = empty
            .filter(({ orgs }) => fs.existsSync(path.join(project, orgs)))
            .map(({ orgs }) => findOrgs(orgs, project));
        const problems = found.flatMap((each) => each.problems);
        const slugs = found.flatMap(({ orgs }) => orgs.map(({ slug }) => slug));
        if (problems.length > 0) {
            throw new MendableError(problems.join("\n"), { problems });
        }
        if (slugs.length < into) {
            throw new MendableError(
                `--into ${into}: "${stack}" has ${slugs.length} orgs; expected at least one for each stack`,
            );
        }
        const [, ...parts] = planSplit(stack, config.orgs, slugs, into);
        for (const part of parts) {
            steps.begin(`run this again to finish the split of "${stack}"`);
            io.err(
                `${part.stack}: ${part.slugs.length} orgs, ${part.slugs[0] ?? ""} to ${part.slugs.at(-1) ?? ""}`,
            );
            await makeStack(project, stack, part);
            const { slugs: moved } = part;
            await moveOrgs(
                { project, from: stack, to: part.stack, slugs: moved, sharesProof: true },
                io,
                steps,
            );
        }
        steps.begin(`run this again to finish the split of "${stack}"`);
        const names = parts.map((part) => part.stack);
        const readers = listStacks(project)
            .filter((each) => each !== stack && !names.includes(each))
            .map((each) => {
                const text = readStackFile(project, ".", each)[`${CUSTOMER_ORGS_PROJECT}:referenceStack`];
                const references = text === undefined ? [] : readReferenceSetting(text);
                const own = references.filter((one) => readReference(one).project === CUSTOMER_ORGS_PROJECT);
                return {
                    stack: each,
                    references,
                    reads: own.some((one) => readReference(one).name === stack),
                };
            })
            .filter(({ reads }) => reads);
        const changed = readAllParts(project, readers, stack, names);
        if (changed.length > 0) {
            io.err(`${quoteNames(changed)} now read all ${into} parts of "${stack}": commit their files too`);
        }
        return proveUnchanged(project, [stack, ...names, ...changed], slugs, io, steps);
    });
}
