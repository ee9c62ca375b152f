import { runCommand } from "../lib/system/runCommand";
import { engineEnvironment } from "./engineEnvironment";

/** Whether a Pulumi engine answers, and which. */
export type Engine =
    { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/** Enough for the first use of npm's `pulumi`, which downloads the official CLI. */
const TIMEOUT_MS = 300_000;

let asked: Promise<Engine> | undefined;

/** Asks once in a process whether `pulumi version` answers. Never rejects. */
export function findEngine(): Promise<Engine> {
    asked ??= askVersion().catch((error: unknown) => silent((error as Error).message));
    return asked;
}

async function askVersion(): Promise<Engine> {
    const { code, stdout, stderr } = await runCommand("pulumi", ["version"], {
        env: { ...process.env, ...engineEnvironment() },
        timeout: TIMEOUT_MS,
        mayFail: true,
    });
    const version = stdout.trim();
    if (code === 0 && /^v\d/.test(version)) {
        return { ok: true, version };
    }
    const lines = `${stderr}\n${stdout}`.split("\n").filter((line) => line.trim() !== "");
    return silent(lines.at(-1)?.trim() ?? "it printed nothing");
}

function silent(why: string): Engine {
    return { ok: false, reason: `"pulumi version" does not answer: ${why}` };
}
