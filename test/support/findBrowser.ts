import * as fs from "node:fs";
import * as path from "node:path";

/** Where browsers are, besides PATH. */
const PLACES = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of a Chromium: `CHROME_PATH`, one on PATH, or one in the usual places. */
export function findBrowser(): string | undefined {
    const given = process.env["CHROME_PATH"];
    if (given !== undefined && given !== "") {
        return given;
    }
    const onPath = (process.env["PATH"] ?? "")
        .split(path.delimiter)
        .flatMap((folder) =>
            ["chromium", "google-chrome", "google-chrome-stable"].map((name) => path.join(folder, name)),
        );
    return [...onPath, ...PLACES].find((path) => fs.existsSync(path));
}
