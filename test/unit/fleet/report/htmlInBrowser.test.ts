import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Browser, type Page, chromium } from "playwright-core";
import { formatHtml } from "../../../../fleet/report/html";
import type { FleetReport, FleetRow } from "../../../../fleet/stale/fleetReport";
import { type FleetStatus, STATUSES, countStatuses } from "../../../../fleet/stale/statuses";
import { image } from "../../../support/liveObjects";
import { findBrowser } from "../../../support/findBrowser";
import { openPage } from "../../../support/openPage";
import { skipBecause } from "../../../support/skipBecause";

function row(org: string, runtime: string, status: FleetStatus, releases: number): FleetRow {
    return {
        org,
        agent: runtime,
        namespace: `org-${org}`,
        deployment: `agent-${runtime}`,
        cluster: "prod",
        kind: "Deployment",
        proof: null,
        runtime,
        stack: "prod",
        status,
        target: { image: image("2"), source: "pin", release: "v0.3.44" },
        deployed: image("1"),
        live: image("1", "sha-19f3175"),
        release: releases === 1 ? "v0.3.43" : null,
        running: [],
        behind: { releases, days: releases * 4 },
        held: status === "held" ? { until: "2026-12-31", by: "support" } : null,
        breakGlass: null,
        notes: status === "failing" ? ['<img src=x onerror="window.pwned = true">'] : [],
    };
}

/** An org of each status, and one whose name would be markup. */
function report(): FleetReport {
    const rows = [
        ...STATUSES.flatMap((status, index) => [
            row(`org-${status}`, "claude-code", status, index % 6),
            row(`org-${status}`, "platform-agent", "current", 0),
        ]),
        { ...row("<script>window.pwned = true</script>", "claude-code", "failing", 1), stack: "canary" },
    ];
    return {
        schemaVersion: 1,
        generatedAt: "2026-07-01T12:00:00.000Z",
        stacks: ["prod"],
        clusters: ["prod"],
        proofs: [],
        stranded: [],
        compared: { target: true, deployed: true, cluster: true },
        gaps: [],
        counts: countStatuses(rows),
        rows,
    };
}

describe("the HTML report in a browser", function () {
    this.timeout(60_000);
    let browser: Browser | undefined;
    let page: Page;
    let folder: string | undefined;
    const faults: string[] = [];

    before(async function () {
        const executablePath = findBrowser();
        if (executablePath === undefined) {
            skipBecause(this, "no browser: install Chromium, or name one in CHROME_PATH");
        }
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-page-"));
        browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
        page = await openPage(
            browser,
            { folder, html: formatHtml(report()), width: 1200, height: 900 },
            faults,
        );
    });
    after(async () => {
        await browser?.close();
        if (folder !== undefined) {
            fs.rmSync(folder, { recursive: true });
        }
    });

    const visible = async (table: string) => page.locator(`#${table} tbody tr:not([hidden])`).count();

    it("shows every org and agent, asks for nothing, and runs no script but its own", async () => {
        assert.equal(await visible("heat"), STATUSES.length + 1);
        assert.equal(await visible("agents"), STATUSES.length * 2 + 1);
        const all = STATUSES.length * 2 + 1;
        assert.equal(await page.locator("#filter-count").textContent(), `${all} of ${all} agents`);
        assert.equal(await page.evaluate("window.pwned"), undefined);
        assert.deepEqual(faults, []);
    });

    it("filters by a part of the org's name, by status and by runtime", async () => {
        await page.fill("#filter-text", "STALE");
        assert.equal(await visible("heat"), 1);
        assert.equal(await visible("agents"), 2);
        await page.selectOption("#filter-runtime", "claude-code");
        assert.equal(await visible("agents"), 1);
        await page.uncheck("input[value=stale]");
        assert.equal(await visible("agents"), 0);
        await page.check("input[value=stale]");
        await page.selectOption("#filter-runtime", "");
        await page.fill("#filter-text", "");
        assert.equal(await visible("agents"), STATUSES.length * 2 + 1);
    });

    it("filters by ring and by days behind, and keeps an org for one agent that is both", async () => {
        await page.selectOption("#filter-stack", "canary");
        assert.equal(await visible("agents"), 1);
        assert.equal(await visible("heat"), 1);
        await page.selectOption("#filter-stack", "");
        const far = report().rows.filter(({ behind }) => (behind.days ?? 0) >= 16).length;
        await page.fill("#filter-days", "16");
        assert.equal(await visible("agents"), far);
        await page.selectOption("#filter-runtime", "platform-agent");
        assert.equal(await visible("heat"), 0);
        await page.selectOption("#filter-runtime", "");
        await page.fill("#filter-days", "");
    });

    it("says each status and lag in words, with enough contrast for everybody", async () => {
        // Text for the browser: its types are not this project's.
        const cells = await page.evaluate<
            { text: string; color: string; backgroundColor: string }[]
        >(`[...document.querySelectorAll("#heat tbody td")].map((cell) => {
            const { color, backgroundColor } = getComputedStyle(cell);
            return { text: cell.textContent, color, backgroundColor };
        })`);
        for (const status of STATUSES) {
            assert.ok(
                cells.some(({ text }) => text.startsWith(status)),
                status,
            );
        }
        for (const { text, color, backgroundColor } of cells.filter(({ text }) => text !== "")) {
            assert.ok(contrast(color, backgroundColor) >= 4.5, `${text}: ${color} on ${backgroundColor}`);
        }
    });
});

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
    const luminance = (color: string) => {
        const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
            const value = Number(part) / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}
