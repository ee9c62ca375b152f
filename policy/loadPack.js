"use strict";
/* global __dirname, process, require */

/*
 * Loads the pack with its types stripped, not checked.
 *
 * Pulumi starts a pack under ts-node with type checks and with whatever tsconfig.json the current folder has. That costs a
 * second at each preview, and code that is right under this repository's strict settings fails under others. The types are
 * checked by `npm run check`.
 */
process.env["TSX_TSCONFIG_PATH"] = require("node:path").join(__dirname, "tsconfig.json");
require("tsx/cjs");

require("./index.ts");
