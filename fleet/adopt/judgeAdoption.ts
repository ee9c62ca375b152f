import type { ResourceChange } from "../../engine/resourceChange";

/** Whether the preview after an import does what was said, and nothing else. */
export interface AdoptionVerdict {
    /** What it does to the org; a line each. */
    readonly changes: readonly string[];
    /** What it must not do. */
    readonly forbidden: readonly string[];
    /** Changes outside the org, which are not the adoption's. */
    readonly elsewhere: number;
}

/** Objects that an adoption may create: an org's guards, and the disruption budget of an agent with several pods. */
const GUARDS = new Set([
    "ServiceAccount",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "PodDisruptionBudget",
]);

/**
 * Judges the preview after an import: the org's namespace and agents are updated in place, its guards are created or updated,
 * and nothing of it is replaced, deleted, or made a second time. Pure.
 */
export function judgeAdoption(slug: string, changes: readonly ResourceChange[]): AdoptionVerdict {
    const own = changes.filter(({ org }) => org === slug);
    const forbidden: string[] = [];
    const lines: string[] = [];
    for (const { kind, operation, namespace, name, image, paths } of own) {
        const place = `${kind} "${namespace === undefined ? "" : `${namespace}/`}${name ?? ""}"`;
        if (operation === "update" || (operation === "create" && GUARDS.has(kind))) {
            const roll =
                image === undefined ? "" : `: image ${image.from ?? "(as it is)"} -> ${image.to ?? "?"}`;
            const what = operation === "update" ? ` (${summarize(paths)})` : "";
            lines.push(`${operation} ${place}${what}${roll}`);
        } else {
            forbidden.push(`${operation} ${place}${paths.length === 0 ? "" : ` (${paths.join(", ")})`}`);
        }
    }
    return { changes: lines, forbidden, elsewhere: changes.length - own.length };
}

/** An object's fields by their first two steps, each once: an adopted Deployment has forty that change. */
function summarize(paths: readonly string[]): string {
    const short = paths.map((path) => /^[^.[]+(?:\.[^.[]+)?/.exec(path)?.[0] ?? path);
    return [...new Set(short)].join(", ");
}
