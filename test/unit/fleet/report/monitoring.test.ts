import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { formatPrometheus } from "../../../../fleet/report/prometheus";
import { STATUSES } from "../../../../fleet/stale/statuses";
import { formatWatchMetrics } from "../../../../watch/watchMetrics";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import { skipBecause } from "../../../support/skipBecause";
import { compare, deployed, target } from "../../../support/fleetFacts";

const FOLDER = path.join(PACKAGE_ROOT, "docs/monitoring");
const read = (file: string) => fs.readFileSync(path.join(FOLDER, file), "utf8");

interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly for?: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string; readonly description: string };
}

const rules = () =>
    (parse(read("alerts.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

/** Every expression of the dashboard, of its panels and its variables. */
const dashboard = () => {
    const { panels, templating } = JSON.parse(read("dashboard.json")) as {
        panels: { title: string; gridPos: object; targets: { expr: string }[] }[];
        templating: { list: { type: string; query: string }[] };
    };
    const variables = templating.list.filter(({ type }) => type === "query").map(({ query }) => query);
    return {
        panels,
        expressions: [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...variables],
    };
};

/** Metric → its labels, as a report with one agent of each kind prints them. */
function printed(): Map<string, ReadonlySet<string>> {
    const report = compare({
        targets: [target()],
        deployed: [deployed()],
    });
    const [row] = report.rows;
    assert.ok(row);
    const rows = STATUSES.map((status) => ({ ...row, status, behind: { releases: 1, days: 1 } }));
    const state = {
        compared: undefined,
        clusters: [{ context: "prod", events: 1, lists: 1 }],
        readAt: undefined,
        comparedAt: undefined,
        trouble: undefined,
        webhook: { waiting: 1, delivered: 1, failures: 1 },
    };
    const text = `${formatPrometheus({ ...report, rows })}\n${formatWatchMetrics(state, true)}`;
    return new Map(
        [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)].map(([, name = "", labels = ""]) => [
            name,
            new Set([...labels.matchAll(/([a-z]+)="/g)].map(([, label = ""]) => label)),
        ]),
    );
}

/** The words of PromQL that these expressions use, which are no metrics and no labels. */
const WORDS = new Set(["sum", "by", "or", "time", "absent", "topk", "label_values"]);

function assertKnown(expression: string): void {
    const known = printed();
    const plain = expression.replace(/"[^"]*"/g, '""');
    const metrics = [...plain.matchAll(/fleet_[a-z_]+/g)].map(([name]) => name);
    assert.notEqual(metrics.length, 0, expression);
    const labels = new Set<string>();
    for (const metric of metrics) {
        const of = known.get(metric);
        assert.ok(of !== undefined, `${metric} is not printed: ${expression}`);
        of.forEach((label) => labels.add(label));
    }
    for (const [word] of plain.matchAll(/[a-z_]+/g)) {
        assert.ok(
            labels.has(word) || metrics.includes(word) || WORDS.has(word),
            `"${word}" in ${expression}`,
        );
    }
    for (const [, statuses = ""] of expression.matchAll(/status(?:=|!=|=~|!~)"([^"]+)"/g)) {
        statuses.split("|").forEach((status) => {
            assert.ok(
                (STATUSES as readonly string[]).includes(status),
                `status "${status}" in ${expression}`,
            );
        });
    }
}

describe("the alert rules and the dashboard", () => {
    it("name only metrics, labels and statuses that fleet stale and fleet watch print", () => {
        rules().forEach(({ expr }) => {
            assertKnown(expr);
        });
        dashboard().expressions.forEach(assertKnown);
    });

    it("have a rule for every status that needs somebody, but for what passes by itself", () => {
        const said = rules()
            .map(({ expr }) => expr)
            .join("\n");
        const others = new Set(["current", "held", "rolling"]);
        // Behind is what "stale" comes to when nobody mends it.
        const by: Partial<Record<string, string>> = {
            stale: "days_behind",
            mutable: "agent_mutable",
            unmanaged: "agent_unmanaged",
        };
        for (const status of STATUSES.filter((each) => !others.has(each))) {
            assert.match(said, new RegExp(by[status] ?? status), status);
        }
        assert.match(said, /absent\(fleet_report_timestamp_seconds\)/, "and for a report that nobody makes");
    });

    it("say what is wrong and what to do, and use only labels that their expression keeps", () => {
        const known = printed();
        for (const { alert, expr, labels, annotations } of rules()) {
            assert.match(alert, /^Fleet[A-Z]/);
            assert.match(labels.severity, /^(critical|warning)$/);
            const kept = /by \(([^)]+)\)/.exec(expr)?.[1]?.split(", ");
            const own = new Set(kept ?? known.get(/fleet_[a-z_]+/.exec(expr)?.[0] ?? ""));
            for (const [, label = ""] of annotations.summary.matchAll(/\$labels\.([a-z]+)/g)) {
                assert.ok(own.has(label), `${alert}: ${label}`);
            }
            assert.notEqual(annotations.description, "");
        }
    });

    it("lay the panels out without one over another", () => {
        const cells = dashboard().panels.flatMap(({ gridPos }) => {
            const { x, y, w, h } = gridPos as Record<"x" | "y" | "w" | "h", number>;
            assert.ok(x + w <= 24);
            return Array.from(
                { length: w * h },
                (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`,
            );
        });
        assert.equal(new Set(cells).size, cells.length);
    });

    it("are what promtool takes, where there is one", function () {
        const { error, status, stdout, stderr } = spawnSync(
            "promtool",
            ["check", "rules", path.join(FOLDER, "alerts.yaml")],
            {
                encoding: "utf8",
            },
        );
        if (error !== undefined) {
            skipBecause(this, "no promtool on PATH");
        }
        assert.equal(status, 0, stdout + stderr);
    });
});
