import assert from "node:assert/strict";
import { formatColumns, wrap } from "../../../../lib/text/columns";
import { formatHtml } from "../../../../fleet/report/html";
import { formatMarkdown } from "../../../../fleet/report/markdown";
import { formatPrometheus } from "../../../../fleet/report/prometheus";
import { TABLE_WIDTH, formatTable } from "../../../../fleet/report/table";
import type { FleetReport, FleetRow } from "../../../../fleet/stale/fleetReport";
import { countStatuses } from "../../../../fleet/stale/statuses";
import { image } from "../../../support/liveObjects";

function row(parts: Partial<FleetRow>): FleetRow {
    return {
        org: "acme",
        agent: "coder",
        namespace: "org-acme",
        deployment: "agent-coder",
        cluster: "prod",
        kind: "Deployment",
        proof: null,
        runtime: "claude-code",
        stack: "prod",
        status: "current",
        target: { image: image("2"), source: "pin", release: "v2" },
        deployed: image("1"),
        live: image("1", "sha-1111111"),
        release: null,
        running: [],
        behind: { releases: 0, days: 0 },
        held: null,
        breakGlass: null,
        notes: [],
        ...parts,
    };
}

function report(rows: readonly FleetRow[]): FleetReport {
    return {
        schemaVersion: 1,
        generatedAt: "2026-07-01T12:00:00.000Z",
        stacks: ["prod"],
        clusters: ["prod"],
        proofs: [],
        stranded: [],
        compared: { target: true, deployed: true, cluster: true },
        gaps: [{ message: "pods were left out", serious: false }],
        counts: countStatuses(rows),
        rows,
    };
}

const HOSTILE = `<script>alert(1)</script> | ![x](http://evil) @everyone "quoted"\n\u001b[2J next`;

describe("the table", () => {
    it("has a row per agent, its notes below, and the counts on the last line", () => {
        const text = formatTable(
            report([
                row({ status: "stale", behind: { releases: 2, days: 10 }, notes: ["something to know"] }),
                row({ org: "globex" }),
            ]),
        );
        assert.deepEqual(text.split("\n"), [
            "STATUS   ORG     AGENT  RUNTIME      RUNS                      SHOULD RUN  BEHIND",
            "stale    acme    coder  claude-code  sha-1111111@111111111111  v2          2 releases, 10 d",
            "           - something to know",
            "current  globex  coder  claude-code  sha-1111111@111111111111  v2",
            "",
            "Note: pods were left out",
            "updated=0 already-current=1 stale=1",
        ]);
    });

    it("fits its width whatever the names are, and lets no foreign text move the cursor", () => {
        const long = "x".repeat(59);
        const text = formatTable(
            report([
                row({
                    org: long,
                    agent: long,
                    runtime: long,
                    status: "unmanaged",
                    live: `registry.example.com:5000/${long}/${long}:${"t".repeat(128)}`,
                    behind: { releases: 12, days: 345 },
                    notes: [HOSTILE, "y".repeat(250)],
                    running: [
                        { digest: `sha256:${"1".repeat(64)}`, pods: 3, ready: 2 },
                        { digest: null, pods: 1, ready: 0 },
                    ],
                }),
            ]),
        );
        for (const line of text.split("\n")) {
            assert.ok(line.length <= TABLE_WIDTH, `${line.length}: ${line}`);
        }
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
        assert.match(text, /3× 111111111111 \(2 ready\), 1× not pulled \(0 ready\)/);
    });

    it("can leave out the agents that need nobody, and still counts them", () => {
        const text = formatTable(report([row({}), row({ status: "held" })]), false);
        assert.doesNotMatch(text, /acme/);
        assert.match(text, /already-current=1 stale=0 held=1/);
    });
});

describe("columns", () => {
    it("shortens the widest and never the first", () => {
        assert.deepEqual(formatColumns([["unmanaged", "a".repeat(40), "b"]], 30), [
            `unmanaged  ${"a".repeat(15)}…  b`,
        ]);
    });

    it("wraps at spaces, and breaks only a word that is longer than a line", () => {
        assert.deepEqual(wrap("aa bb cc", 6, "- ", "  "), ["- aa", "  bb", "  cc"]);
        assert.deepEqual(wrap("abcdefgh ij", 6, "- ", "  "), ["- abcd", "  efgh", "  ij"]);
        assert.deepEqual(wrap("aa bb", 7, "", "  "), ["aa bb"]);
    });
});

describe("the markdown", () => {
    it("lists only what needs somebody", () => {
        const text = formatMarkdown(
            report([row({ status: "stale", behind: { releases: 1, days: 1 } }), row({})]),
        );
        assert.match(text, /^### Fleet prod: 1 of 2 agents need attention$/m);
        assert.match(text, /^\| stale \| acme \| coder \|.*\| 1 release, 1 d \| {2}\|$/m);
        assert.equal(text.split("\n").filter((line) => line.startsWith("| stale")).length, 1);
        assert.match(formatMarkdown(report([row({})])), /every agent is on its image/);
    });

    it("keeps foreign text text", () => {
        const text = formatMarkdown(report([row({ status: "failing", notes: [HOSTILE] })]));
        const line = text.split("\n").find((each) => each.startsWith("| failing")) ?? "";
        assert.equal(line.match(/(?<!\\)\|/g)?.length, 9, line);
        assert.doesNotMatch(line, /<script|(?<!\\)\[x|@everyone/);
    });

    it("stops before a pull request's comment is full", () => {
        const rows = Array.from({ length: 250 }, (_, index) => row({ org: `org${index}`, status: "stale" }));
        const text = formatMarkdown(report(rows));
        assert.match(text, /^50 more are not listed\.$/m);
        assert.ok(text.length < 60_000);
    });
});

describe("the metrics", () => {
    it("are valid text exposition, and name only agents that are behind", () => {
        const text = formatPrometheus(
            report([
                row({ org: 'we"ird\\', status: "stale", behind: { releases: 2, days: null } }),
                row({ status: "stale", behind: { releases: 1, days: 3 } }),
                row({ org: "globex" }),
            ]),
        );
        for (const line of text.split("\n")) {
            assert.match(
                line,
                /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? -?\d+)$/,
            );
        }
        assert.match(text, /^fleet_agents\{stack="prod",cluster="prod",status="stale",report="prod"\} 2$/m);
        assert.match(text, /^fleet_agent_releases_behind\{.*org="we\\"ird\\\\",.*agent="coder",.*\} 2$/m);
        assert.match(text, /^fleet_agent_days_behind\{.*org="acme",.*runtime="claude-code",.*\} 3$/m);
        assert.equal(text.match(/^fleet_agent_days_behind\{/gm)?.length, 1);
        assert.doesNotMatch(text, /globex/);
    });
});

describe("the page", () => {
    it("holds every agent in words, loads nothing, and lets no foreign text become markup", () => {
        const text = formatHtml(
            report([row({ org: HOSTILE, status: "failing", notes: [HOSTILE] }), row({ status: "held" })]),
        );
        assert.equal(text.match(/<script>/g)?.length, 1, "only its own script");
        assert.doesNotMatch(text, /(src|href)=/);
        assert.match(text, /default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
        assert.match(text, /<b>held<\/b>/);
        const proof = {
            state: "soaking" as const,
            at: "2026-07-02T00:00:00Z",
            by: ["acme/coder: ready for 5m"],
        };
        assert.match(
            formatHtml(report([row({ proof })])),
            /title="prod: soaking until 2026-07-02T00:00:00Z: acme\/coder: ready for 5m"><b>current/,
        );
        assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    });
});
