#!/usr/bin/env -S node --max-semi-space-size=4
// Lists are read page by page and are garbage then: a small nursery (4 MB, not 16) takes 90 MB less for 1,000 orgs, and no more time.
// The launcher of the CLI: plain JavaScript, since the CLI itself is TypeScript that is run as it is written.
import { argv } from "node:process";
import { startTypeScript } from "../lib/system/startTypeScript.mjs";

/** Who asks a cluster. */
const CLIENT = ["@kubernetes/client-node"];
/** Who evaluates a program without an engine. */
const SDK = ["@pulumi/pulumi"];
/** Who runs the engine, and asks a cluster. */
const BOTH = [...SDK, ...CLIENT];

/** Command → the large packages that it needs. */
const NEEDS = new Map([
    ...["stale", "explain", "watch", "sync", "up", "veto"].map((name) => [name, CLIENT]),
    ...["render", "check"].map((name) => [name, SDK]),
    ...["adopt", "move", "preview", "promote", "recover", "rollback", "rollout", "split"].map((name) => [
        name,
        BOTH,
    ]),
]);

await startTypeScript(NEEDS.get(argv[2]) ?? []);
await import("./cli.ts");
