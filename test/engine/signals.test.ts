import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readPendingOperations } from "../../engine/pendingCreates";
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

        for (const [signal, code] of SIGNALS) {
            it(`${signal} ends recover with ${code}, and what was pending still is`, async () => {
                const { workspace } = suite();
                const stack = await workspace.stack("customer-orgs", "signals");
                const urn = (type: string, name: string) =>
                    `urn:pulumi:signals::customer-orgs::${type}::${name}`;
                const uid = { input: "a cluster's", output: "a cluster's" };
                const parent = urn("pulumi:pulumi:Stack", "customer-orgs-signals");
                const resources = [
                    { urn: parent, custom: false, type: "pulumi:pulumi:Stack" },
                    {
                        ...{ urn: urn("pulumi:index:Stash", "cluster"), custom: true, id: "cluster", parent },
                        ...{ type: "pulumi:index:Stash", inputs: { input: uid.input }, outputs: uid },
                    },
                ];
                const exported = await stack.exportStack();
                const deployment = { ...(exported.deployment as object), resources };
                await stack.importStack({ ...exported, deployment });
                // As an up leaves it that was killed; an import would drop it.
                const file = path.join(
                    workspace.directory,
                    ".state/.pulumi/stacks/customer-orgs/signals.json",
                );
                const state = JSON.parse(fs.readFileSync(file, "utf8")) as {
                    checkpoint: { latest: { pending_operations?: unknown } };
                };
                const type = "kubernetes:core/v1:Namespace";
                const metadata = { name: "org-signal-one", labels: {} };
                const inputs = { apiVersion: "v1", kind: "Namespace", metadata };
                const resource = { urn: urn(type, "signal-one"), custom: true, type, inputs, parent };
                state.checkpoint.latest.pending_operations = [{ type: "creating", resource }];
                fs.writeFileSync(file, JSON.stringify(state));

                const ended = await run(["recover"], signal, () => server.nextQuestion());
                assert.equal(ended.code, code, ended.errors);
                assert.match(ended.errors, /: nothing was changed in the stack's state$/m);
                const { objects } = readPendingOperations((await stack.exportStack()).deployment);
                assert.deepEqual(
                    objects.map(({ name }) => name),
                    ["org-signal-one"],
                );
            });
        }
    });
});
