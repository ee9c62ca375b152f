import { escapeHtml, pagePolicy } from "../../lib/text/html";
import type { FleetReport, FleetRow } from "../stale/fleetReport";
import { STATUSES, compareStatuses } from "../stale/statuses";
import {
    COLUMNS,
    countsLine,
    describeCells,
    describeLag,
    describeNotes,
    describeRowProof,
    describeStackProof,
    describeStranded,
} from "./describeRow";
import { PAGE_SCRIPT } from "./pageScript";
import { PAGE_STYLE } from "./pageStyle";

/**
 * The report as one page that needs nothing else: a heat map of orgs by runtime, and every agent below. Each cell says in
 * words what its colour says. The page may load nothing and run only its own script.
 */
export function formatHtml(report: FleetReport): string {
    // Two clusters may have an org of the same name.
    const nameOf = (row: FleetRow) =>
        report.clusters.length > 1 ? `${row.org} (${row.cluster ?? "?"})` : row.org;
    const runtimes = [...new Set(report.rows.flatMap(({ runtime }) => runtime ?? []))].sort();
    const unknown = report.rows.some(({ runtime }) => runtime === null);
    const columns = unknown ? [...runtimes, "?"] : runtimes;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(PAGE_STYLE, PAGE_SCRIPT)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fleet: ${escapeHtml(report.stacks.join(", "))}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Fleet: ${escapeHtml(report.stacks.join(", "))}</h1>
<p>${escapeHtml(report.generatedAt)}. <code>${escapeHtml(countsLine(report))}</code></p>
${report.gaps.map(({ message }) => `<p class="gap">Not compared: ${escapeHtml(message)}</p>`).join("\n")}
</header>
<form id="filters">
<label>Org <input id="filter-text" type="search" placeholder="part of its name"></label>
<label>Runtime <select id="filter-runtime">${options(columns)}</select></label>
<label>Ring <select id="filter-stack">${options([...new Set(report.rows.map(stackOf))].sort())}</select></label>
<label>Days behind <input id="filter-days" type="number" min="0" placeholder="0"></label>
<fieldset><legend>Status</legend>${STATUSES.filter((status) => report.counts[status] > 0)
        .map(
            (status) =>
                `<label class="s-${status}"><input type="checkbox" name="status" value="${status}" checked> ${status} (${report.counts[status]})</label>`,
        )
        .join("")}</fieldset>
<output id="filter-count"></output>
</form>
<h2>Orgs by runtime</h2>
<table id="heat"><thead><tr><th scope="col">org</th>${columns
        .map((name) => `<th scope="col">${escapeHtml(name)}</th>`)
        .join("")}</tr></thead>
<tbody>
${[...Map.groupBy(report.rows, nameOf)].map(([name, rows]) => heatRow(name, rows, columns)).join("\n")}
</tbody></table>
<h2>Agents</h2>
<table id="agents"><thead><tr>${[...COLUMNS, "notes"]
        .map((name) => `<th scope="col">${name}</th>`)
        .join("")}</tr></thead>
<tbody>
${report.rows.map((row) => agentRow(row, nameOf(row))).join("\n")}
</tbody></table>
${section("Proven by the stacks' own agents", report.proofs.flatMap(describeStackProof))}
${section('Mutable images, which an admission policy with "Deny" would keep from starting again', report.stranded.map(describeStranded))}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function options(names: readonly string[]): string {
    const each = names.map((name) => `<option>${escapeHtml(name)}</option>`);
    return `<option value="">all</option>${each.join("")}`;
}

function section(title: string, lines: readonly string[]): string {
    const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("");
    return lines.length === 0 ? "" : `<h2>${escapeHtml(title)}</h2><ul>${items}</ul>`;
}

/** What the page's script filters rows by. */
function dataOf(org: string, rows: readonly FleetRow[]): string {
    const list = (values: readonly (string | number)[]) => escapeHtml(values.join(" "));
    return [
        `data-org="${escapeHtml(org)}"`,
        `data-runtimes="${list(rows.map(({ runtime }) => runtime ?? "?"))}"`,
        `data-statuses="${list(rows.map(({ status }) => status))}"`,
        `data-stacks="${list(rows.map(stackOf))}"`,
        `data-days="${list(rows.map(({ behind }) => behind.days ?? 0))}"`,
    ].join(" ");
}

function heatRow(org: string, rows: readonly FleetRow[], columns: readonly string[]): string {
    const cells = columns.map((runtime) => {
        const own = rows.filter((row) => (row.runtime ?? "?") === runtime);
        const worst = own.toSorted((a, b) => compareStatuses(a.status, b.status))[0];
        if (worst === undefined) {
            return "<td></td>";
        }
        const lag = describeLag(worst.behind);
        const level = Math.min(worst.behind.releases ?? 0, 5);
        const more = own.length > 1 ? ` <small>${own.length} agents</small>` : "";
        return `<td class="s-${worst.status} lag-${level}" data-runtime="${escapeHtml(runtime)}"><b>${worst.status}</b>${
            lag === "" || lag === "?" ? "" : ` ${escapeHtml(lag)}`
        }${more}</td>`;
    });
    return `<tr ${dataOf(org, rows)}><th scope="row">${escapeHtml(org)}</th>${cells.join("")}</tr>`;
}

function agentRow(row: FleetRow, org: string): string {
    const { status, live, deployed, target } = row;
    const notes = describeNotes(row)
        .map((note) => `<li>${escapeHtml(note)}</li>`)
        .join("");
    const titles = new Map([
        ["runs", live ?? deployed],
        ["should run", target?.image],
        ["status", describeRowProof(row)],
    ]);
    const cells = describeCells(row).map((text, index) => {
        const name = COLUMNS[index] ?? "";
        const title = titles.has(name) ? ` title="${escapeHtml(titles.get(name) ?? "")}"` : "";
        return name === "status"
            ? `<td class="s-${status}"${title}><b>${status}</b></td>`
            : `<td${title}>${escapeHtml(text)}</td>`;
    });
    return (
        `<tr ${dataOf(org, [row])}>` +
        `${cells.join("")}<td>${notes === "" ? "" : `<ul>${notes}</ul>`}</td></tr>`
    );
}

function stackOf({ stack }: FleetRow): string {
    return stack ?? "?";
}
