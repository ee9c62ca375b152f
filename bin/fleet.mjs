#!/usr/bin/env node
// The launcher of the CLI: plain JavaScript, since the CLI itself is TypeScript that is run as it is written.
import module from "node:module";
import { argv } from "node:process";

// Node 22.8 and newer; an older one is only slower.
module.enableCompileCache?.();
if (["stale", "sync", "preview", "adopt"].includes(argv[2])) {
    // Before tsx looks at every module that is loaded: the client's 800 files then come in half a second less.
    await import("@kubernetes/client-node");
}
await import("tsx");
await import("../fleet/cli.ts");
