import assert from "node:assert/strict";
import { StaleProject } from "../../support/staleProject";
import { SIGNALS, SilentServer, signalFleet } from "../../support/signalledCommand";
import { image } from "../../support/liveObjects";

/** Commands that ask a cluster, with what each says that it has left undone; those that ask an engine first are in test/engine/signals.test.ts. */
const COMMANDS: readonly (readonly [name: string, args: readonly string[], left: RegExp])[] = [
    [
        "stale",
        ["--stack", "test", "--no-engine", "--outputs", "test=test.json", "--reference", "reference.json"],
        /^interrupted by SIG\w+; run this again to finish it: nothing was changed$/m,
    ],
    [
        "explain",
        [
            "hand",
            "--stack",
            "test",
            "--no-engine",
            "--outputs",
            "test=test.json",
            "--reference",
            "reference.json",
        ],
        /^interrupted by SIG\w+; run this again to finish it: nothing was changed$/m,
    ],
    [
        "sync",
        ["--context", "silent", "--kubeconfig", "kubeconfig", "--reference", "reference.json"],
        /^interrupted by SIG\w+; run this again to finish it: nothing was changed$/m,
    ],
    ["exceptions", ["--live"], /^interrupted by SIG\w+; run this again to finish it: nothing was changed$/m],
];

describe("a signal, while a command waits for a cluster that does not answer", function () {
    this.timeout(30_000);
    let server: SilentServer;
    let project: StaleProject;

    before(async () => {
        server = await SilentServer.start();
        project = new StaleProject(image("1"));
        project.write("platform/Pulumi.yaml", "name: platform\nruntime: nodejs\n");
        project.write("kubeconfig", server.kubeconfig("silent"));
        project.addStack("test", {
            ...{ context: "silent", kubeconfig: "kubeconfig" },
            images: { hand: image("1") },
            outputs: { clusterUid: "00000000-0000-4000-8000-000000000000" },
        });
    });
    after(async () => {
        await server.stop();
        project.remove();
    });

    for (const [name, args, left] of COMMANDS) {
        for (const [signal, code] of SIGNALS) {
            it(`${signal} ends ${name} with ${code}, without a stack, and it says what was not done`, async () => {
                const ended = await signalFleet([name, ...args], signal, () => server.nextQuestion(), {
                    cwd: project.directory,
                });
                assert.equal(ended.code, code, ended.errors);
                assert.match(ended.errors, left);
                assert.doesNotMatch(ended.errors, /^ +at /m);
                assert.equal(ended.output, "");
            });
        }
    }

    for (const [signal, code] of SIGNALS) {
        it(`${signal} ends render with ${code}, whole or not at all`, async () => {
            const args = ["render", "--stack", "test", "--runtime-images", "pins.json", "--out", "manifests"];
            project.write("pins.json", JSON.stringify({ schemaVersion: 1, runtimes: {} }));
            const ended = await signalFleet(
                args,
                signal,
                () => new Promise((resolve) => setTimeout(resolve, 400)),
                {
                    cwd: project.directory,
                },
            );
            assert.equal(ended.code, code, ended.errors);
            assert.doesNotMatch(ended.errors, /^ +at /m);
        });
    }
});
