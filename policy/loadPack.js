"use strict";
/* global require */

/*
 * Loads the pack with its types stripped, not checked.
 *
 * Pulumi starts a pack under ts-node with type checks and with whatever tsconfig.json the current folder has. That costs a
 * second at each preview, and code that is right under this repository's strict settings fails under others. The types are
 * checked by `npm run check`.
 */
const { readFileSync } = require("node:fs");
const typescript = require("typescript");

const compilerOptions = {
    module: typescript.ModuleKind.CommonJS,
    target: typescript.ScriptTarget.ES2022,
    esModuleInterop: true,
    inlineSourceMap: true,
};

require.extensions[".ts"] = (module, fileName) => {
    const source = readFileSync(fileName, "utf8");
    module._compile(typescript.transpileModule(source, { fileName, compilerOptions }).outputText, fileName);
};

require("./index.ts");
