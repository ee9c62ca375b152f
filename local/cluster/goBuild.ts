import * as path from "node:path";
import { binaries, binaryVersion, linkerFlags, type BinaryName } from "./binaries";
import { runCommand } from "../../lib/system/runCommand";

/** Where `go build` finds the modules: local/modules/. */
const modulesDirectory = path.join(__dirname, "..", "modules");

/** How a build is run. */
export interface GoBuildOptions {
    readonly log: (line: string) => void;
    readonly signal?: AbortSignal;
    /** Seconds between progress lines. */
    readonly tickSeconds?: number;
}

/**
 * Builds a binary from its Go module into `destination`. A cold build takes minutes; a line is logged at its start, at
 * its end and at each tick.
 *
 * @throws Error when there is no Go toolchain or the build fails, with the compiler's last lines.
 */
export async function goBuild(
    name: BinaryName,
    destination: string,
    { log, signal, tickSeconds = 20 }: GoBuildOptions,
): Promise<void> {
    const { release, goPackage, buildMinutes } = binaries[name];
    const toolchain = await goVersion(signal);
    const subject = `${name} ${binaryVersion(name)}`;
    log(`building ${subject} from its Go module with ${toolchain}: about ${buildMinutes} min, once`);
    const start = Date.now();
    let packages = 0;
    const ticker = setInterval(() => {
        log(`  still building ${subject}: ${elapsed(start)}, ${packages} packages compiled`);
    }, tickSeconds * 1000);
    try {
        await runCommand(
            "go",
            [
                "build",
                "-v",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags",
                `-s -w ${linkerFlags(release)}`,
                "-o",
                destination,
                goPackage,
            ],
            {
                cwd: path.join(modulesDirectory, release),
                // A workspace or flags of the user's are for other modules than these. Without cgo no C compiler
                // is needed, and official releases are built without it too.
                env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" },
                lowPriority: true,
                onErrorLine: (line) => {
                    if (!line.startsWith("go: ")) {
                        packages++;
                    }
                },
                signal,
            },
        );
    } finally {
        clearInterval(ticker);
    }
    log(`built ${subject} in ${elapsed(start)}`);
}

/**
 * The installed Go toolchain, e.g. `go1.26.3`.
 *
 * @throws Error when there is none.
 */
export async function goVersion(signal?: AbortSignal): Promise<string> {
    try {
        const { stdout } = await runCommand("go", ["env", "GOVERSION"], { timeout: 10_000, signal });
        return stdout.trim();
    } catch (error) {
        signal?.throwIfAborted();
        throw new Error(
            "there is no Go toolchain on PATH (install Go 1.26 or later from https://go.dev/dl)",
            {
                cause: error,
            },
        );
    }
}

function elapsed(start: number): string {
    const seconds = Math.round((Date.now() - start) / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
