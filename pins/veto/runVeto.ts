import type { CommandIo } from "../../lib/system/commandIo";
import { VETOES_FILE, readVetoes } from "../../config/vetoes";
import { digestTrouble } from "../../images/referenceTrouble";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { formatColumns } from "../../lib/text/columns";
import { type LiveRunners, findLiveRunners } from "./liveRunners";
import { type WhoRuns, whoRuns } from "./whoRuns";
import { writeVeto } from "./writeVeto";
import { type Steps, stepByStep } from "../../lib/system/interruption";
import { whoami } from "../../lib/system/whoami";
import { listClusters } from "../clusters";
import { projectRoot } from "../environment";
import { printResult } from "../printResult";

/** The version of the JSON that `fleet veto` prints. */
export const VETO_SCHEMA_VERSION = 1;

/** What `fleet veto` was given. */
export interface VetoOptions {
    readonly digest: string;
    readonly reason: string;
    readonly by?: string;
    readonly project?: string;
    readonly kubeconfig?: string;
    /** False with `--no-cluster`. */
    readonly cluster: boolean;
    readonly json?: boolean;
}

/**
 * Forbids a digest everywhere, and lists who is to run it by the checkout's files and who runs it in the clusters. The veto is
 * written first: it does not wait for a cluster. Exit code 0 when nobody does, 1 when somebody does, 2 when that could not be told.
 */
export function runVeto(options: VetoOptions, io: CommandIo): Promise<number> {
    return stepByStep(io, (steps) => vetoStepByStep(options, io, steps));
}

async function vetoStepByStep(options: VetoOptions, io: CommandIo, { look }: Steps): Promise<number> {
    const { digest } = options;
    const root = projectRoot(options.project);
    const trouble = digestTrouble(digest);
    if (trouble !== undefined) {
        throw new MendableError(`"${digest}": ${trouble}; expected "sha256:" and 64 hex digits`);
    }
    const { byDigest, problems: unreadable } = readVetoes(root);
    if (unreadable.length > 0) {
        throw new MendableError(unreadable.join("\n"));
    }
    const known = byDigest.get(digest);
    if (known === undefined) {
        writeVeto(root, {
            digest,
            reason: options.reason,
            by: await whoami(options.by),
            at: io.now().toISOString(),
        });
    }
    const planned = whoRuns(root, digest, io.now());
    const live = options.cluster
        ? await look(
              findLiveRunners(listClusters(root, options.kubeconfig), digest),
              `the veto stands in ${VETOES_FILE}, and who runs the digest was not found out`,
          )
        : undefined;
    const problems = [...planned.problems, ...(live?.problems ?? planned.untold)];
    if (live?.contexts.length === 0 && live.problems.length === 0) {
        problems.push("no environment and no stack of this checkout names a cluster, so that none was asked");
    }
    const said =
        known === undefined
            ? `vetoed in ${VETOES_FILE}`
            : `was vetoed before by ${known.by} at ${known.at}: ${known.reason}`;
    const exitCode = printResult(io, {
        json: options.json,
        value: {
            schemaVersion: VETO_SCHEMA_VERSION,
            digest,
            new: known === undefined,
            runners: planned.runners,
            live: live && { contexts: live.contexts, runners: live.runners },
            problems,
        },
        text: [`${digest} ${said}`, formatPlanned(planned), formatLive(live)].join("\n\n"),
        isBad: planned.runners.length + (live?.runners.length ?? 0) > 0,
        problems,
    });
    // The list is what was asked for: with a part of it missing, it is not one.
    return problems.length > 0 ? EXIT_CODES.couldNotTell : exitCode;
}

function formatPlanned({ runners }: WhoRuns): string {
    if (runners.length === 0) {
        return "Nobody is to run it, by the files of this checkout.";
    }
    const rows = runners.map(({ kind, name, source, file }) => [name, kind, source, file]);
    return [
        `Still to run it, by the files of this checkout (${runners.length}):`,
        "",
        ...formatColumns([["WHO", "KIND", "SOURCE", "FILE"], ...rows], 100),
        "",
        'Roll pins back with "fleet rollback", and change the overrides.',
    ].join("\n");
}

function formatLive(live: LiveRunners | undefined): string {
    if (live === undefined) {
        return "No cluster was asked who runs it now.";
    }
    const where = `the clusters of ${live.contexts.join(", ")}`;
    if (live.runners.length === 0) {
        return live.contexts.length === 0 ? "No cluster answered." : `Nobody runs it now in ${where}.`;
    }
    const rows = live.runners.map(({ context, kind, namespace, workload, pods }) => [
        `${namespace}/${workload}`,
        kind,
        context,
        pods === 0 ? "none, would start it" : String(pods),
    ]);
    return [
        `Running it now, in ${where} (${live.runners.length}):`,
        "",
        ...formatColumns([["WHO", "KIND", "CLUSTER", "PODS"], ...rows], 100),
    ].join("\n");
}
