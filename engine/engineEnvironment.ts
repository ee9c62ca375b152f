import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/**
 * What the engine is run with besides the process's own environment: `PATH` with the project's own commands first, as in an npm
 * script (npm's `pulumi`, and the Node that the lock file pins), and no question to the network for a newer engine.
 */
export function engineEnvironment(): Readonly<Record<"PATH" | "PULUMI_SKIP_UPDATE_CHECK", string>> {
    return {
        PATH: [path.join(PACKAGE_ROOT, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(
            path.delimiter,
        ),
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
}
