#!/usr/bin/env node
// The launcher of the CLI: plain JavaScript, since the CLI itself is TypeScript that is run as it is written.
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("tsx");
await import("../fleet/cli.ts");
