import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";

/**
 * Opens a page as a file, as an operator does who was sent it.
 *
 * @param faults gets its errors, and whatever it asks the network for: such a page needs nothing else
 */
export async function openPage(
    browser: Browser,
    { folder, html, width, height }: { folder: string; html: string; width: number; height: number },
    faults: string[],
): Promise<Page> {
    const file = path.join(folder, "page.html");
    fs.writeFileSync(file, html);
    const page = await browser.newPage({ viewport: { width, height } });
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
        if (message.type() === "error") {
            faults.push(message.text());
        }
    });
    page.on("request", (request) => {
        if (!request.url().startsWith("file:")) {
            faults.push(`it asked for ${request.url()}`);
        }
    });
    await page.goto(pathToFileURL(file).href);
    const screenshot = process.env["FLEET_SCREENSHOT"];
    if (screenshot !== undefined) {
        await page.screenshot({ path: screenshot, fullPage: true });
    }
    return page;
}
