import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";

/** Where the package's files come from, relative to this file. */
const DIST = path.join(__dirname, "dist");

/** The launcher: Node keeps what it compiled, so that the next start is shorter. */
const LAUNCHER = `#!/usr/bin/env node
require("node:module").enableCompileCache?.();
require("./checker.js");
`;

/** Compiles the checker with all that it uses into one file; `npm pack` runs it. */
async function main(): Promise<void> {
    fs.rmSync(DIST, { recursive: true, force: true });
    await build({
        entryPoints: [path.join(__dirname, "main.ts")],
        outfile: path.join(DIST, "checker.js"),
        bundle: true,
        platform: "node",
        target: "node22",
        format: "cjs",
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: "eof",
        logLevel: "warning",
    });
    const launcher = path.join(DIST, "cli.js");
    fs.writeFileSync(launcher, LAUNCHER);
    fs.chmodSync(launcher, 0o755);
}

void main();
