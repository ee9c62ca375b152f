import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Browser, type Page, chromium } from "playwright-core";
import type { Board, StackProgress } from "../../../../rings/rollout/board";
import { formatPage } from "../../../../rings/rollout/page";
import { findBrowser } from "../../../support/findBrowser";
import { PINS } from "../../../support/sampleImages";
import { openPage } from "../../../support/openPage";
import { skipBecause } from "../../../support/skipBecause";

const NOW = new Date("2026-07-01T12:00:00Z");
const MARKUP = '<img src=x onerror="window.pwned = true">';

function stack(name: string, ring: number, more: Partial<StackProgress> = {}): StackProgress {
    return { ...{ stack: name, ring, reads: [], state: "left", why: [], updated: false }, ...more };
}
const runtimes = (proven: string) => [{ runtime: "claude-code", pin: "v2", proven }];
const plan = (proven: string) => ({
    ...{ kind: "behind" as const, why: [], moves: [], comes: [], goes: [] },
    runtimes: runtimes(proven),
});
const BOARD: Board = {
    origin: "platform/prod",
    rings: [
        [
            stack("canary", 1, { state: "proven", plan: plan("v2") }),
            stack("early", 1, {
                ...{ state: "soaking", until: "2026-07-01T12:30:00.000Z", plan: plan("v1") },
                why: ["claude-code: its soak of 1h is not over"],
            }),
        ],
        [
            stack("prod", 2, { reads: ["canary", "early"], plan: plan("v1") }),
            stack("prod-2", 2, { reads: ["canary", "early"], state: "failed", why: [MARKUP] }),
        ],
    ],
};

describe("the page of a chain in a browser", function () {
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
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-chain-"));
        browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
        page = await openPage(
            browser,
            { folder, html: formatPage(BOARD, PINS, NOW), width: 1300, height: 800 },
            faults,
        );
    });
    after(async () => {
        await browser?.close();
        if (folder !== undefined) {
            fs.rmSync(folder, { recursive: true });
        }
    });
    const textOf = async (name: string) =>
        (await page.locator(`[data-stack="${name}"]`).innerText()).replace(/\s+/g, " ");

    it("shows the rings side by side, in the order in which a release goes through them", async () => {
        const columns = page.locator("#chain > li");
        assert.equal(await columns.count(), 3);
        const boxes = await Promise.all([0, 1, 2].map((index) => columns.nth(index).boundingBox()));
        const lefts = boxes.map((box) => box?.x ?? NaN);
        assert.deepEqual(
            lefts.toSorted((a, b) => a - b),
            lefts,
        );
        assert.equal(new Set(boxes.map((box) => box?.y)).size, 1);
        assert.match(await columns.nth(0).innerText(), /platform\/prod\s+claude-code: v2 aaaaaaaa/);
    });

    it("says of each stack its pin, its proof, what is left of its soak, and who holds it back", async () => {
        assert.equal(await textOf("canary"), "canary proven claude-code: v2, proven");
        assert.equal(
            await textOf("early"),
            "early soaking, 30m left, until 2026-07-01T12:30:00.000Z claude-code: pin v2, proven v1 Held back by: " +
                "claude-code: its soak of 1h is not over",
        );
        assert.equal(
            await textOf("prod"),
            "prod not begun reads canary, early claude-code: pin v2, proven v1 Held back by: waits for early (soaking)",
        );
        assert.equal(
            await page.locator("#progress").innerText(),
            "ring 2 of 2 · 1 of 4 proven · 1 soaking until 2026-07-01T12:30:00Z (early) · 1 left · 1 failed (prod-2)",
        );
    });

    it("asks for nothing, runs no script, and can be read in one column", async () => {
        assert.equal(await textOf("prod-2"), `prod-2 failed reads canary, early Held back by: ${MARKUP}`);
        assert.equal(await page.evaluate("window.pwned"), undefined);
        assert.deepEqual(faults, []);
        await page.setViewportSize({ width: 360, height: 800 });
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    });
});
