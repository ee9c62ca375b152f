import { spawn } from "node:child_process";
import * as http from "node:http";
import { type AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** How a command ended that was signalled while it waited. */
export interface Signalled {
    /** As a shell has it: 128 and the signal's number where the signal itself ended the process. */
    readonly code: number;
    readonly errors: string;
    readonly output: string;
}

/** Signals by which a person, a workflow or a terminal that is closed ends a command, and the exit codes that tell of them. */
export const SIGNALS = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
] as const;

/**
 * Runs the command line, and signals it once it waits.
 *
 * @param waits resolves when it does; it is told what the command has printed
 */
export async function signalFleet(
    args: readonly string[],
    signal: NodeJS.Signals,
    waits: (printed: () => string) => Promise<unknown>,
    options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Signalled> {
    const launcher = path.join(PACKAGE_ROOT, "commands", "fleet.mjs");
    const child = spawn(process.execPath, [launcher, ...args], {
        ...options,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const ended = new Promise<number>((resolve) => {
        child.once("close", (code, by) => {
            resolve(code ?? 128 + os.constants.signals[by ?? "SIGKILL"]);
        });
    });
    const early = ended.then((code) => {
        throw new Error(`it ended with ${code} before it waited: ${errors}${output}`);
    });
    early.catch(() => undefined);
    try {
        await Promise.race([waits(() => errors + output), early]);
    } catch (error) {
        child.kill(signal);
        throw error;
    }
    child.kill(signal);
    return { code: await ended, errors, output };
}

/** An API server that takes every question and answers none. */
export class SilentServer {
    private asked: (() => void)[] = [];

    private constructor(private readonly server: http.Server) {
        server.on("request", () => {
            this.asked.forEach((tell) => {
                tell();
            });
        });
    }

    /** Listens on 127.0.0.1, on a port that is free. */
    public static async start(): Promise<SilentServer> {
        const server = http.createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new SilentServer(server);
    }

    /** Resolves when it is asked next. */
    public nextQuestion(): Promise<void> {
        return new Promise((resolve) => this.asked.push(resolve));
    }

    /** A kubeconfig whose context of this name leads here. */
    public kubeconfig(context: string): string {
        const { port } = this.server.address() as AddressInfo;
        return stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "silent",
                    cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
                },
            ],
            users: [{ name: "nobody", user: {} }],
            contexts: [{ name: context, context: { cluster: "silent", user: "nobody" } }],
            "current-context": context,
        });
    }

    /** Ends it. */
    public async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }
}
