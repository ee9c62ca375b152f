import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { runMove } from "../../../rings/move/runMove";
import type { Interruption } from "../../../lib/system/interruption";
import { MendableError } from "../../../lib/text/mendableError";
import { runFleet } from "../../support/runFleet";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { testIo } from "../../support/testIo";
import { useEngine } from "../../support/useEngine";

describe("orgs that change their stack, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let left: RingStack;
    let right: RingStack;
    const environment = { ...process.env };

    before("two stacks that read the same", async () => {
        // The command runs in this process, as the engine's test of its interruption needs it.
        Object.assign(process.env, suite().workspace.env);
        await publish(suite(), "v1", "1");
        const orgs = { "move-a": {}, "move-b": {}, "move-c": {} };
        left = await RingStack.create(suite(), "left", { reference: REFERENCE, orgs });
        right = await RingStack.create(suite(), "right", { reference: REFERENCE, orgs: { "move-r": {} } });
        assert.deepEqual([(await left.up()).failed, (await right.up()).failed], [undefined, undefined]);
    });
    after(() => {
        process.env = environment;
    });

    const uids = async () => {
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        const { items } = await apps.listDeploymentForAllNamespaces();
        const own = items.filter(({ metadata }) => /^org-move-/.test(metadata?.namespace ?? ""));
        return own
            .map(
                ({ metadata }) =>
                    `${metadata?.namespace ?? ""} ${metadata?.uid ?? ""} ${metadata?.generation ?? 0}`,
            )
            .sort();
    };
    const fileIn = (stack: string, slug: string) =>
        fs.existsSync(path.join(suite().workspace.directory, "orgs", stack, `${slug}.yaml`));
    const orgsOf = async (stack: RingStack) =>
        Object.keys((await stack.stack.outputs())["agents"]?.value as object).sort();

    it("move by file and state, with previews that are empty on both sides and every pod as it was", async () => {
        const before = await uids();
        const { code, output, errors } = await runFleet(suite().workspace, [
            "move",
            "move-a",
            "--to",
            "right",
        ]);
        assert.equal(code, 0, output + errors);
        assert.match(
            output,
            /^left: an update would change nothing\nright: an update would change nothing\n$/,
        );
        assert.deepEqual([fileIn("left", "move-a"), fileIn("right", "move-a")], [false, true]);
        assert.deepEqual(
            [await orgsOf(left), await orgsOf(right)],
            [
                ["move-b", "move-c"],
                ["move-a", "move-r"],
            ],
        );
        assert.deepEqual([(await left.up()).failed, (await right.up()).failed], [undefined, undefined]);
        assert.deepEqual(await uids(), before);
    });

    it("are moved by the same command run again, whichever step it was interrupted after", async () => {
        const before = await uids();
        const steps = [/files are moved/, /resources of 1 orgs are moved/, /outputs of both stacks say so/];
        for (const [index, step] of steps.entries()) {
            const [from, to] = index % 2 === 0 ? [left, right] : [right, left];
            const options = { project: suite().workspace.directory, orgs: ["move-b"], to: [to.name] };
            const stopping = new AbortController();
            const interrupted: Interruption = {
                ...{
                    signal: stopping.signal,
                    stop: stopping.signal,
                    kill: stopping.signal,
                    end: () => undefined,
                },
                exitCode: () => (stopping.signal.aborted ? 130 : undefined),
            };
            const io = testIo({
                interruption: () => interrupted,
                err: (line) => {
                    if (step.test(line)) {
                        stopping.abort(new MendableError("interrupted by SIGINT"));
                    }
                },
            });
            await assert.rejects(runMove(options, io), { exitCode: 130 });
            // In between nobody's update ends the org.
            if (index < 2) {
                assert.match((await from.up()).failed ?? "", /"move-b" was deployed by this stack/);
                assert.deepEqual(await uids(), before);
            }
            assert.equal(await runMove(options, testIo()), 0);
            assert.equal((await orgsOf(to)).includes("move-b"), true);
            assert.equal((await orgsOf(from)).includes("move-b"), false);
        }
        assert.deepEqual(await uids(), before);
    });

    it("are not moved where the other stack would make something else of them, and nothing is changed then", async () => {
        right.configure(REFERENCE, {
            "customer-orgs:defaults": { progressDeadlineSeconds: 30, minReadySeconds: 0 },
        });
        const { code, errors } = await runFleet(suite().workspace, ["move", "move-c", "--to", "right"]);
        assert.equal(code, 2);
        assert.match(errors, /move-c: Deployment agent-main: spec\.progressDeadlineSeconds: 20 and 30/);
        assert.equal(fileIn("left", "move-c"), true);
        right.configure(REFERENCE, {});
    });

    it("are split over new stacks that have proven what theirs has, and are read by whoever read it", async () => {
        const behind = await RingStack.create(suite(), "behind", {
            reference: left.reference,
            orgs: { "move-z": {} },
        });
        await left.up();
        assert.equal((await behind.up()).failed, undefined);
        suite().workspace.writeOrg("left", "move-d", {
            ...{ slug: "move-d", displayName: "d" },
            agents: [{ name: "main", runtime: "platform-agent" }],
        });
        assert.equal((await left.up()).failed, undefined);
        const before = await uids();
        const { code, output, errors } = await runFleet(suite().workspace, ["split", "left", "--into", "2"]);
        assert.equal(code, 0, output + errors);
        assert.match(
            output,
            /left-2: an update would change nothing\nbehind: an update would change nothing/,
        );
        assert.deepEqual(await uids(), before);
        const part = await suite().workspace.stack("customer-orgs", "left-2");
        const outputs = await part.outputs();
        assert.match(JSON.stringify(outputs["runtimeImages"]?.value), /"release":"v1"/);
        const text = fs.readFileSync(path.join(suite().workspace.directory, "Pulumi.behind.yaml"), "utf8");
        assert.match(text, /- organization\/customer-orgs\/left\n +- organization\/customer-orgs\/left-2\n/);
    });
});
