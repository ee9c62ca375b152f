import type { Vetoes } from "../config/vetoes";
import { whatForbids } from "../config/prohibition";
import { type Environment, environmentFile } from "./environment";
import type { Check, Problem } from "./problem";

/**
 * What is done with a runtime's pin: pinned to a release and deployed, deployed as it is pinned, pinned to what ran before, or told
 * to the control plane and nothing else.
 */
export type Act = "promote" | "deploy" | "roll-back" | "announce";

/** What is done with one org: held on an image, or let go to the pin. */
type OrgAct = "hold" | "unhold";

/**
 * The prohibitions that each act asks. What is half done must be finishable: whoever only tells the control plane moves nothing, and
 * a rollback must be possible when it counts. A veto is absolute.
 */
const ASKS: Readonly<Record<Act | OrgAct, readonly Check[]>> = {
    promote: ["repository", "evidence", "veto", "hold", "order", "soak", "freeze", "registry", "token"],
    deploy: ["repository", "evidence", "veto", "hold", "order", "soak", "freeze", "registry", "token"],
    "roll-back": ["veto", "registry", "token"],
    announce: ["veto", "token"],
    hold: ["repository", "evidence", "veto", "hold", "registry", "override"],
    unhold: ["veto"],
};

/** One act on one runtime's pin. */
export interface Move<Acts = Act> {
    readonly runtime: string;
    readonly act: Acts;
    /** Absent where a tag is pinned. */
    readonly digest: string | undefined;
}

/** What the prohibitions are asked of: read right before the act, never kept. */
export interface Prohibitions {
    readonly environment: Environment;
    readonly vetoes: Vetoes;
    readonly now: Date;
    readonly breakGlass?: string;
}

/** Whether a check is one that the act asks. */
export function asks(act: Act | OrgAct, check: Check): boolean {
    return ASKS[act].includes(check);
}

/** What forbids the moves now: vetoes and freeze windows. Pure; every path asks it when checks are made, and again right before it acts. */
export function mayMove(
    moves: readonly Move<Act | OrgAct>[],
    { environment, vetoes, now, breakGlass }: Prohibitions,
): readonly Problem[] {
    const problems = moves.flatMap(({ runtime, act, digest }): Problem[] => {
        const veto = vetoes.byDigest.get(digest ?? "");
        if (veto === undefined || !asks(act, "veto")) {
            return [];
        }
        const message = `"${veto.digest}" was vetoed by ${veto.by} at ${veto.at}: ${veto.reason}; expected another release`;
        return [{ check: "veto", runtime, message }];
    });
    // Vetoes that cannot be read are not "none".
    problems.push(
        ...vetoes.problems.map((message): Problem => ({ check: "config", message, unknown: true })),
    );
    if (breakGlass === undefined && moves.some(({ act }) => asks(act, "freeze"))) {
        problems.push(...findFrozen(environment, now));
    }
    return problems;
}

function findFrozen({ name, config }: Environment, now: Date): readonly Problem[] {
    try {
        const forbidden = whatForbids({ ...config, freeze: config.promotion.freeze }, now);
        const message = `nothing is promoted: ${forbidden?.why ?? ""}; wait, or --break-glass "why"`;
        return forbidden === undefined ? [] : [{ check: "freeze", message, waits: forbidden.why }];
    } catch (error) {
        const where = `${environmentFile(name)}: platform:promotion.freeze`;
        return [{ check: "config", message: `${where}: ${(error as Error).message}`, unknown: true }];
    }
}
