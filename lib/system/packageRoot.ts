import * as path from "node:path";

/** The folder of this package: where package.json, the programs and `node_modules` are. */
export const PACKAGE_ROOT = path.resolve(__dirname, "..", "..");
