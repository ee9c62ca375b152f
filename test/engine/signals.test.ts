import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { SIGNALS, SilentServer, signalFleet } from "../support/signalledCommand";
import { REFERENCE, deployReference, imageOf, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

const CODE = imageOf("claude-code", "a");

/** Commands that ask the engine and then a cluster, with what each says that it has left undone. */
const COMMANDS: readonly (readonly [name: string, args: readonly string[], left: RegExp])[] = [
    ["preview", [], /^interrupted by SIG\w+; run this again to finish it: nothing was changed$/m],
    ["up", [], /: the engine was not begun, and nothing was changed$/m],
    ["sync", [], /: nothing was changed$/m],
    ["adopt", ["--org", "hand"], /: nothing was written, and nothing was imported$/m],
];

describe("a signal, while a command waits on a real engine", function () {
    this.timeout(300_000);
    const suite = useEngine();
    let server: SilentServer;
    let env: NodeJS.ProcessEnv;

    const settings = (context: string, kubeconfig: string | undefined) => ({
        "customer-orgs:referenceStack": REFERENCE,
        "customer-orgs:orgs": "orgs/signals",
        "customer-orgs:kubeContext": context,
        ...(kubeconfig !== undefined && { "customer-orgs:kubeconfig": kubeconfig }),
        "customer-orgs:defaults": { minReadySeconds: 0, progressDeadlineSeconds: 60 },
    });
    const run = (
        args: readonly string[],
        signal: NodeJS.Signals,
        waits: (printed: () => string) => Promise<unknown>,
    ) =>
        signalFleet([...args, "--stack", "signals"], signal, waits, {
            cwd: suite().workspace.directory,
            env,
        });

    before(async () => {
        const { workspace } = suite();
        env = { ...process.env, ...workspace.env };
        server = await SilentServer.start();
        await deployReference(workspace, runtimeImagesOf({ "claude-code": CODE }, "v1"));
        workspace.writeOrg("signals", "signal-one", {
            slug: "signal-one",
            displayName: "One",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
    });
    after(async () => {
        await (server as SilentServer | undefined)?.stop();
    });

    describe("for a cluster that does not answer", () => {
        before(async () => {
            const { workspace } = suite();
            const kubeconfig = path.join(workspace.directory, "silent.kubeconfig");
            fs.writeFileSync(kubeconfig, server.kubeconfig("silent"));
            workspace.writeSettings("customer-orgs", "signals", settings("silent", kubeconfig));
            await workspace.stack("customer-orgs", "signals");
        });

        for (const [name, args, left] of COMMANDS) {
            for (const [signal, code] of SIGNALS) {
                it(`${signal} ends ${name} with ${code}, without a stack, and it says what was not done`, async () => {
                    const ended = await run([name, ...args], signal, () => server.nextQuestion());
                    assert.equal(ended.code, code, ended.errors);
                    assert.match(ended.errors, left);
                    assert.doesNotMatch(ended.errors, /^ +at /m);
                });
            }
        }
    });
});
