import * as path from "node:path";
import { cacheDirectory } from "../lib/system/cacheDirectory";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/**
 * What the engine is run with besides the process's own environment: `PATH` with the project's own commands first, as in an npm
 * script (npm's `pulumi`, and the Node that the lock file pins), no question to the network for a newer engine, and a place where Node
 * keeps what it compiled of the program: a fifth of what it needs to start.
 */
export function engineEnvironment(): Readonly<
    Record<"PATH" | "PULUMI_SKIP_UPDATE_CHECK" | "NODE_COMPILE_CACHE", string>
> {
    return {
        PATH: [path.join(PACKAGE_ROOT, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(
            path.delimiter,
        ),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? path.join(cacheDirectory(), "compiled"),
    };
}
