import { formatColumns, wrap } from "../lib/text/columns";
import { shortImage } from "../images/shortImage";
import { TABLE_WIDTH } from "./report/table";
import type { EnginePreview } from "../engine/enginePreview";
import type { PreviewWarnings } from "./judgePreview";
import type { ResourceChange } from "../engine/resourceChange";

const HEADERS = ["CHANGE", "ORG", "AGENT", "FROM", "TO"];

/** What an update will change: a row per agent whose pods roll, then everything else in short, then what stands against it. */
export function formatPreview(preview: EnginePreview, warnings: PreviewWarnings): string {
    const agents = preview.changes
        .filter(({ agent }) => agent !== undefined)
        .toSorted((a, b) => (`${a.org ?? ""}/${a.agent ?? ""}` < `${b.org ?? ""}/${b.agent ?? ""}` ? -1 : 1));
    const others = preview.changes.filter(({ agent }) => agent === undefined);
    const lines: string[] = [];
    if (agents.length > 0) {
        lines.push(...formatColumns([HEADERS, ...agents.map(agentCells)], TABLE_WIDTH), "");
    }
    if (others.length > 0) {
        lines.push(...wrap(`Besides: ${summarise(others)}`, TABLE_WIDTH, "", "  "), "");
    }
    const paragraphs = [
        ...preview.findings.map(
            ({ policy, mandatory, resource, message }) =>
                `Policy, ${mandatory ? "refused" : "warning"}: ${policy} on ${resource}: ${message}`,
        ),
        ...preview.errors.map((error) => `Error: ${error}`),
        ...warnings.blocking.map((warning) => `Would fail: ${warning}`),
        ...warnings.notes.map((note) => `Note: ${note}`),
    ];
    lines.push(...paragraphs.flatMap((text) => wrap(text, TABLE_WIDTH, "", "  ")));
    lines.push(previewCountsLine(preview, warnings));
    return lines.join("\n");
}

/** The last line, that a script reads. */
export function previewCountsLine(
    { changes, findings }: EnginePreview,
    { blocking }: PreviewWarnings,
): string {
    const agents = changes.filter(({ agent }) => agent !== undefined);
    const count = (operation: ResourceChange["operation"]) =>
        agents.filter((change) => change.operation === operation).length;
    const rolled = agents.filter(({ operation, image }) => operation === "update" && image !== undefined);
    return (
        `to-roll=${rolled.length} to-create=${count("create")} to-replace=${count("replace")} to-delete=${count("delete")} ` +
        `refused=${findings.filter(({ mandatory }) => mandatory).length} would-fail=${blocking.length}`
    );
}

function agentCells({ operation, org, agent, image }: ResourceChange): readonly string[] {
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
