import { loadStacks } from "../../config/loadStacks";
import type { KubernetesObject } from "../../engine/evaluateProgram";
import { writeOwnedFiles } from "../../engine/ownedFiles";
import { formatManifests } from "../../engine/writeManifests";
import type { CommandIo } from "../../lib/system/commandIo";
import { ConfigError } from "../../lib/text/configError";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { quoteValue } from "../../lib/text/quoteValue";
import { readPlan } from "../rollout/readPlan";
import { checkCommit } from "./checkCommit";
import { makeKubeconfig } from "./kubeconfig";
import { type OperatorPlan, planOperator } from "./planOperator";
import { makeStackObject } from "./stackObject";

/** Files that a run deletes without being asked to: a stack or two go, and never many at once. */
const FEW_DELETIONS = 3;

/** The options of `fleet operator`, as commander hands them over. */
export interface OperatorOptions {
    readonly commit: string;
    readonly context?: string;
    readonly out?: string;
    readonly maxDeletions?: number;
    /** The project's root. */
    readonly project: string;
}

/**
 * `fleet operator`: writes the objects by which the Pulumi Kubernetes Operator runs the stacks of one cluster, each after those that it
 * reads, in the order in which they are to be applied. Exit code 0 when they are written.
 *
 * @throws MendableError with everything that keeps an operator from running them
 */
export async function runOperator(options: OperatorOptions, io: CommandIo): Promise<number> {
    const { commit, project } = options;
    if (!/^[0-9a-f]{40}$/.test(commit)) {
        throw new MendableError(
            `--commit ${quoteValue(commit)}: expected the 40 hex digits of a commit, as "git rev-parse HEAD" prints them: ` +
                "a branch, a tag or a short name can lead to something else tomorrow",
        );
    }
    const { stacks, problems } = loadStacks(project);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const plan = planOperator({ stacks, chains: readPlan(project) }, options.context);
    const unknown = await checkCommit(project, commit);
    if (unknown !== undefined) {
        io.err(
            `the objects follow the files here; whether the commit has the same could not be told: ${unknown}`,
        );
    }
    const files = makeFiles(plan, commit);
    const texts = new Map([...files].map(([file, object]) => [file, formatManifests([object])]));
    if (options.out === undefined) {
        io.out([...texts.values()].join("---\n"));
    } else {
        writeObjects(options.out, texts, plan, options.maxDeletions ?? FEW_DELETIONS, io);
    }
    for (const { stack, elsewhere } of plan.stacks) {
        if (elsewhere.length > 0) {
            io.err(
                `${stack}: no object waits for ${elsewhere.join(", ")}, of another cluster; its images come by their proof all the same, ` +
                    "and its program and orgs by this commit",
            );
        }
    }
    return EXIT_CODES.done;
}

/** File → object, in the order of application: the kubeconfig, then ring by ring. Names sort in the same order. */
function makeFiles({ context, namespace, stacks }: OperatorPlan, commit: string) {
    const kubeconfig = makeKubeconfig(context, namespace);
    const width = String(Math.max(0, ...stacks.map(({ ring }) => ring))).length + 1;
    const numbered = (ring: number, name: string) => `${String(ring).padStart(width, "0")}-${name}.yaml`;
    return new Map<string, KubernetesObject>([
        [numbered(0, "kubeconfig"), kubeconfig],
        ...stacks.map((stack): [string, KubernetesObject] => [
            numbered(stack.ring, stack.name),
            makeStackObject(stack, commit, kubeconfig.metadata.name),
        ]),
    ]);
}

function writeObjects(
    directory: string,
    texts: ReadonlyMap<string, string>,
    { context, namespace, stacks }: OperatorPlan,
    maxDeletions: number,
    io: CommandIo,
): void {
    const owner = `operator/${namespace}@${context.replace(/\s/g, "_")}`;
    const { deleted } = writeOwnedFiles(directory, texts, {
        ownerOf: () => owner,
        isForeign: (file, other) => other !== owner && (texts.has(file) || other.startsWith("operator/")),
        mayDelete: () => true,
        maxDeletions,
        foreign: (whose) =>
            `what was written for another namespace or cluster: ${whose}; expected a directory for each, since two operators would run ` +
            "the same stacks: delete these first where the fleet moves",
        consequence: "Whoever applies the directory would no longer run these stacks",
    });
    io.err(
        `wrote ${stacks.length} stacks in ${Math.max(0, ...stacks.map(({ ring }) => ring))} rings for the operator in namespace "${namespace}" ` +
            `into ${directory}${deleted.length > 0 ? `; deleted ${deleted.join(", ")}` : ""}`,
    );
}
