import { formatColumns, wrap } from "../lib/text/columns";
import { shortImage } from "../images/shortImage";
import { TABLE_WIDTH } from "./report/table";
import type { EnginePreview } from "../engine/enginePreview";
import type { PreviewWarnings } from "./judgePreview";
import type { ResourceChange } from "../engine/resourceChange";

const HEADERS = ["CHANGE", "ORG", "AGENT", "FROM", "TO"];

/**
 * What an update will change: a row per agent whose pods roll and per namespace that goes, then everything else in short, then what
 * stands against it. The worst comes last, since of a long report often only the end is read.
 */
export function formatPreview(
    preview: Omit<EnginePreview, "onlyUpdates">,
    warnings: PreviewWarnings,
): string {
    const agents = preview.changes
        .filter(hasRow)
        .toSorted((a, b) => (`${a.org ?? ""}/${a.agent ?? ""}` < `${b.org ?? ""}/${b.agent ?? ""}` ? -1 : 1));
    const others = preview.changes.filter((change) => !hasRow(change));
    const lines: string[] = [];
    if (agents.length > 0) {
        lines.push(...formatColumns([HEADERS, ...agents.map(agentCells)], TABLE_WIDTH), "");
    }
    if (others.length > 0) {
        lines.push(...wrap(`Besides: ${summarise(others)}`, TABLE_WIDTH, "", "  "), "");
    }
    const findings = preview.findings.toSorted((a, b) => Number(a.mandatory) - Number(b.mandatory));
    const paragraphs = [
        ...warnings.notes.map((note) => `Note: ${note}`),
        ...findings.map(
            ({ policy, mandatory, resource, message }) =>
                `Policy, ${mandatory ? "refused" : "warning"}: ${policy} on ${resource}: ${message}`,
        ),
        ...preview.errors.map((error) => `Error: ${error}`),
        ...warnings.blocking.map((warning) => `Would fail: ${warning}`),
    ];
    lines.push(...paragraphs.flatMap((text) => wrap(text, TABLE_WIDTH, "", "  ")));
    lines.push(previewCountsLine(preview, warnings));
    return lines.join("\n");
}

/** The last line, that a script reads. */
export function previewCountsLine(
    { changes, findings }: Pick<EnginePreview, "changes" | "findings">,
    { blocking }: PreviewWarnings,
): string {
    const agents = changes.filter(hasRow);
    const count = (operation: ResourceChange["operation"]) =>
        agents.filter((change) => change.operation === operation).length;
    const rolled = agents.filter(({ operation, image }) => operation === "update" && image !== undefined);
    return (
        `to-roll=${rolled.length} to-create=${count("create")} to-replace=${count("replace")} to-delete=${count("delete")} ` +
        `refused=${findings.filter(({ mandatory }) => mandatory).length} would-fail=${blocking.length}`
    );
}

/** Whether a change is one of an agent, or takes an org's namespace away with all that is in it. */
function hasRow({ agent, kind, org, operation }: ResourceChange): boolean {
    return (
        agent !== undefined ||
        (kind === "Namespace" && org !== undefined && (operation === "delete" || operation === "replace"))
    );
}

function agentCells({ operation, org, agent, kind, image }: ResourceChange): readonly string[] {
    if (kind === "Namespace") {
        return [operation, org ?? "-", "(all)", "the namespace with all that is in it", ""];
    }
    const [from, to] =
        image === undefined
            ? ["(same image)", ""]
            : [shortImage(image.from ?? null), shortImage(image.to ?? null)];
    return [operation, org ?? "-", agent ?? "-", from, to];
}

function summarise(changes: readonly ResourceChange[]): string {
    const groups = Map.groupBy(changes, ({ operation, kind }) => `${operation} ${kind}`);
    return [...groups].map(([what, group]) => `${group.length}× ${what}`).join(", ");
}
