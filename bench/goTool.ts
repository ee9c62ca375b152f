import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDirectory } from "../lib/system/cacheDirectory";
import { runCommand } from "../lib/system/runCommand";

/** A program of somebody else's that is built from the Go module proxy. */
export interface GoTool {
    readonly module: string;
    readonly version: string;
    /** Its package within the module: `./cmd/kube-score`. */
    readonly package: string;
}

/** What this project is compared with by running it. */
export const KUBE_SCORE: GoTool = {
    module: "github.com/zegl/kube-score",
    version: "v1.20.0",
    package: "./cmd/kube-score",
};
export const KYVERNO: GoTool = {
    module: "github.com/kyverno/kyverno",
    version: "v1.19.1",
    package: "./cmd/cli/kubectl-kyverno",
};

/**
 * Builds a program once, into the cache. Kyverno's takes ten minutes of a processor.
 *
 * @returns its path, or `undefined` where it cannot be built, which the log is told
 */
export async function goTool(tool: GoTool, log: (line: string) => void): Promise<string | undefined> {
    const binary = path.join(cacheDirectory(), "bench", `${path.basename(tool.package)}-${tool.version}`);
    if (fs.existsSync(binary)) {
        return binary;
    }
    log(`building ${tool.module}@${tool.version} …`);
    try {
        const { stdout } = await runCommand("go", [
            "mod",
            "download",
            "-json",
            `${tool.module}@${tool.version}`,
        ]);
        // In its own directory, where its own go.mod holds: "go install" refuses one that replaces modules.
        const { Dir: directory } = JSON.parse(stdout) as { readonly Dir: string };
        await runCommand("go", ["build", "-C", directory, "-o", binary, tool.package], { lowPriority: true });
        return binary;
    } catch (error) {
        log(`${tool.module} is left out: ${(error as Error).message}`);
        return undefined;
    }
}
