import assert from "node:assert/strict";
import { compareFleet } from "../../../../fleet/stale/compareFleet";
import type { FleetFacts, StackFacts } from "../../../../fleet/stale/fleetFacts";
import { narrowReport, showOnly } from "../../../../fleet/stale/filterReport";
import { formatPrometheus } from "../../../../fleet/report/prometheus";
import { exitCodeOf } from "../../../../fleet/stale/runStale";
import { cluster, deployed, target } from "../../../support/fleetFacts";
import { deployment, image, pod } from "../../../support/liveObjects";

const stack = (name: string, context: string, parts: Partial<StackFacts> = {}): StackFacts => ({
    stack: name,
    cluster: context,
    targets: [target()],
    deployed: [deployed({ stack: name })],
    unread: [],
    ...parts,
});
const live = (of = image("1")) => cluster([deployment({ image: of })], [pod({ image: of })]);

function compare(parts: Partial<FleetFacts>) {
    return compareFleet({
        stacks: [stack("eu", "eu"), stack("us", "us")],
        clusters: [
            { context: "eu", live: live(), pods: true },
            { context: "us", live: live(image("3")), pods: true },
        ],
        vetoes: new Map(),
        platformsOf: () => undefined,
        isExcluded: () => false,
        allStacks: false,
        gaps: [],
        now: new Date("2026-07-01T12:00:00Z"),
        ...parts,
    });
}

describe("fleet stale of several stacks and clusters", () => {
    it("keeps orgs of the same slug apart that are on two clusters", () => {
        const { rows } = compare({});
        assert.deepEqual(
            rows.map(({ org, stack: of, cluster: on, status }) => [org, of, on, status]),
            [
                ["acme", "us", "us", "drifted"],
                ["acme", "eu", "eu", "current"],
            ],
        );
    });

    it("goes on with the clusters that answer, and calls nothing fine of one that does not", () => {
        const report = compare({
            stacks: [stack("eu", "eu"), stack("us", "us", { unread: ['the cluster "us" was'] })],
            clusters: [
                { context: "eu", live: live(), pods: true },
                { context: "us", pods: true },
            ],
            gaps: [{ message: 'the cluster "us" was not compared: no connection', serious: true }],
        });
        assert.deepEqual(
            report.rows.map(({ stack: of, status }) => [of, status]),
            [
                ["us", "unknown"],
                ["eu", "current"],
            ],
        );
        assert.equal(exitCodeOf(report), 2);
    });

    it("says so where two stacks deploy one agent", () => {
        const { gaps } = compare({ stacks: [stack("eu", "eu"), stack("second", "eu")] });
        assert.match(
            gaps[0]?.message ?? "",
            /org-acme\/agent-coder: the stacks "eu" and "second" both deploy it/,
        );
        assert.equal(gaps[0]?.serious, true);
    });

    it("calls what is labelled as managed unknown, once every stack of the checkout was asked", () => {
        const stray = cluster([deployment(), deployment({ org: "stray" })], [pod(), pod({ org: "stray" })]);
        const clusters = [{ context: "eu", live: stray, pods: true }];
        const some = compare({ stacks: [stack("eu", "eu")], clusters });
        assert.deepEqual(
            some.rows.map(({ org }) => org),
            ["acme"],
        );
        const all = compare({ stacks: [stack("eu", "eu")], clusters, allStacks: true });
        assert.deepEqual(
            all.rows.map(({ org, status }) => [org, status]),
            [
                ["stray", "unknown"],
                ["acme", "current"],
            ],
        );
    });

    it("tells the series of two stacks' files apart", () => {
        const series = (name: string) =>
            formatPrometheus(compare({ stacks: [stack(name, "eu")] }))
                .split("\n")
                .filter((line) => !line.startsWith("#"))
                .map((line) => line.slice(0, line.lastIndexOf(" ")));
        const both = [...series("eu"), ...series("second")];
        assert.equal(new Set(both).size, both.length);
    });

    it("narrows counts and exit code to an org, a runtime or a ring, and refuses one that there is not", () => {
        const report = compare({});
        const ring = narrowReport(report, { ring: ["eu"] });
        assert.deepEqual([ring.rows.length, ring.counts.drifted, exitCodeOf(ring)], [1, 0, 0]);
        assert.equal(narrowReport(report, { org: ["ac*"], runtime: ["claude-code"] }).rows.length, 2);
        for (const filter of [{ org: ["acmee"] }, { runtime: ["claude"] }, { ring: ["prdo"] }]) {
            assert.throws(() => narrowReport(report, filter), { message: /nothing in this report is of it/ });
        }
    });

    it("leaves rows out by status and days behind, and no count", () => {
        const shown = showOnly(compare({}), { status: ["current"] });
        assert.deepEqual([shown.rows.length, shown.counts.drifted], [1, 1]);
        assert.equal(showOnly(compare({}), { behindDays: 1 }).rows.length, 0);
        assert.throws(() => showOnly(compare({}), { status: ["fine"] }), {
            message: /expected one of vetoed, missing/,
        });
    });
});
