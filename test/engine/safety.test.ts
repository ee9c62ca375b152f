import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { CoreV1Api, KubeConfig, V1Namespace, V1ObjectMeta } from "@kubernetes/client-node";
import { testIo } from "../support/testIo";
import { runCommand } from "../../lib/system/runCommand";
import type { Workspace } from "../../local/workspace";
import { runRecover } from "../../engine/runRecover";
import { type EmbeddedCluster, startCluster } from "../../local/cluster/startCluster";
import { imagesIn, namespaceNamed } from "../support/objects";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

const CODE = imageOf("claude-code", "a");

describe("customer orgs on a real engine, when something is wrong", function () {
    this.timeout(600_000);
    const suite = useEngine();

    const org = (slug: string, agents: unknown[] = [{ name: "coder", runtime: "claude-code" }]) => ({
        slug,
        displayName: slug,
        agents,
    });
    const prepare = async (
        stack: string,
        orgs: readonly unknown[],
        settings: Record<string, unknown> = {},
    ) => {
        const { workspace, cluster } = suite();
        for (const spec of orgs as { slug: string }[]) {
            workspace.writeOrg(stack, spec.slug, spec);
        }
        workspace.writeSettings("customer-orgs", stack, {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": `orgs/${stack}`,
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
            ...settings,
        });
        return workspace.stack("customer-orgs", stack);
    };

    const broken: readonly [string, unknown, RegExp][] = [
        ["missing", undefined, /it is missing: the stack has no such output/],
        ["null", null, /"runtimeImages" of the reference stack .*\n.*it is null|it is missing/],
        ["empty", {}, /schemaVersion/],
        ["without a runtime", { schemaVersion: 1, runtimes: {} }, /pins no runtime at all/],
        ["of another shape", { schemaVersion: 1, runtimes: "latest" }, /runtimeImages\.runtimes: "latest"/],
        [
            "a mutable image",
            runtimeImagesOf({ "claude-code": "ghcr.io/genbrain/claude-code:latest" }, "v1"),
            /runtimes\.claude-code\.image: "ghcr\.io\/genbrain\/claude-code:latest": refused/,
        ],
        [
            "without the org's runtime",
            runtimeImagesOf({ other: CODE }, "v1"),
            /org "safe-broken", agent "coder": the runtime "claude-code" has no pin/,
        ],
    ];
    for (const [what, value, message] of broken) {
        it(`changes nothing when the reference's output is ${what}, and says so`, async () => {
            await deployReference(suite().workspace, value);
            const stack = await prepare("broken", [org("safe-broken")]);
            await assert.rejects(stack.up(), message);
            assert.equal(await namespaceNamed(suite().cluster, "org-safe-broken"), undefined);
        });
    }

    it("fails on a namespace that somebody else made, and leaves it as it was", async () => {
        const { cluster, workspace } = suite();
        await deployReference(workspace, runtimeImagesOf({ "claude-code": CODE }, "v1"));
        const core = cluster.kubeConfig.makeApiClient(CoreV1Api);
        const made = await core.createNamespace({ body: namespaceBody("org-safe-taken") });
        const stack = await prepare("taken", [org("safe-taken"), org("safe-free")]);
        await assert.rejects(stack.up(), /org-safe-taken/);
        const after = await namespaceNamed(cluster, "org-safe-taken");
        assert.equal(after?.metadata?.uid, made.metadata?.uid);
        assert.equal(after?.metadata?.labels?.["customer-orgs/org"], undefined);
        assert.deepEqual(await imagesIn(cluster, "org-safe-taken"), {});
    });

    it("finishes an up that was killed in the middle, once its lock is cleared", async () => {
        const { cluster, workspace } = suite();
        await deployReference(workspace, runtimeImagesOf({ "claude-code": CODE }, "v1"));
        const slugs = ["kill-a", "kill-b", "kill-c", "kill-d", "kill-e"];
        const stack = await prepare(
            "killed",
            slugs.map((slug) => org(`safe-${slug}`)),
        );
        await killInTheMiddle(workspace.directory, { ...process.env, ...workspace.env });
        const some = await Promise.all(slugs.map((slug) => namespaceNamed(cluster, `org-safe-${slug}`)));
        assert.ok(
            some.some((namespace) => namespace !== undefined),
            "it was killed before it had begun",
        );

        await assert.rejects(stack.up(), /locked/);
        const said: string[] = [];
        const recover = () =>
            runRecover(
                { stack: "killed", project: workspace.directory, env: { ...workspace.env } },
                testIo({ out: (line) => said.push(line) }),
            );
        // Before the lock is cleared: one sentence, and nothing is said to have been done.
        await assert.rejects(
            recover(),
            /^MendableError: another update holds the lock of the stack "killed".* cancel /,
        );
        assert.equal(said.length, 0);
        await stack.cancel();
        await recover();
        assert.match(said.at(-1) ?? "", /^Recovered|nothing to recover/m);
        await stack.up();
        for (const slug of slugs) {
            assert.deepEqual(await imagesIn(cluster, `org-safe-${slug}`), { "agent-coder": CODE });
        }
    });

    describe("with a second cluster behind the same context", () => {
        let other: EmbeddedCluster | undefined;

        after(() => other?.stop());

        it("stops before anything is created there", async () => {
            const { cluster, workspace } = suite();
            await deployReference(workspace, runtimeImagesOf({ "claude-code": CODE }, "v1"));
            const stack = await prepare("moved", [org("safe-moved")]);
            await stack.up();

            other = await startCluster({ name: `other-${process.pid}`, owned: true });
            await prepare("moved", [org("safe-moved")], {
                "customer-orgs:kubeContext": other.context,
                "customer-orgs:kubeconfig": other.kubeconfigPath,
            });
            const up = ["up", "--yes"];
            assert.deepEqual(await linesBefore(OTHER_CLUSTER, "moved", workspace, up), []);
            // Without an update that ended well nothing but the state says which cluster it is, and the engine is asked.
            const full = await stack.exportStack();
            const { deployment } = structuredClone(full) as {
                deployment: { resources: { type: string; outputs?: object }[] };
            };
            delete deployment.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
            await stack.importStack({ ...full, deployment: deployment as never });
            const asked = await linesBefore(OTHER_CLUSTER, "moved", workspace, up);
            assert.deepEqual(
                asked.filter((line) => !/ cluster-identity\b/.test(line)),
                [],
            );
            await stack.importStack(full);
            const elsewhere = new KubeConfig();
            elsewhere.loadFromFile(other.kubeconfigPath);
            const { items } = await elsewhere.makeApiClient(CoreV1Api).listNamespace();
            assert.deepEqual(
                items.map(({ metadata }) => metadata?.name).filter((name) => name?.startsWith("org-")),
                [],
            );

            // What was pending here is not there: it must not be forgotten for that. An import would drop it, so it is written into the state.
            const file = path.join(workspace.directory, ".state/.pulumi/stacks/customer-orgs/moved.json");
            const before = fs.readFileSync(file, "utf8");
            const state = JSON.parse(before) as {
                checkpoint: { latest: { resources: { urn: string }[]; pending_operations?: unknown } };
            };
            const { latest } = state.checkpoint;
            const resource = latest.resources.find(({ urn }) =>
                urn.endsWith("core/v1:Namespace::safe-moved"),
            );
            assert.ok(resource !== undefined);
            latest.pending_operations = [{ type: "creating", resource }];
            fs.writeFileSync(file, JSON.stringify(state));
            await assert.rejects(
                runRecover(
                    { stack: "moved", project: workspace.directory, env: { ...workspace.env } },
                    testIo(),
                ),
                /leads to another cluster than this stack was applied to before/,
            );
            const kept = (await stack.exportStack()).deployment as { pending_operations?: unknown[] };
            assert.equal(kept.pending_operations?.length, 1, "nothing was forgotten");
            fs.writeFileSync(file, before);

            await prepare("moved", [org("safe-moved")]);
            await stack.up();
            assert.deepEqual(await imagesIn(cluster, "org-safe-moved"), { "agent-coder": CODE });
        });
    });
});

const OTHER_CLUSTER = /leads to another cluster than this stack was applied to before/;

/** What the engine says while it works, whatever comes of it; with which plugin differs from machine to machine. */
const PROGRESS =
    /^@ |^$|^(Previewing|Updating) |warning: using pulumi-resource-| running read pulumi:pulumi:StackReference /;

/** All besides its progress that a plain command of the engine, which fails with a sentence and no other error, prints before that. */
async function linesBefore(
    sentence: RegExp,
    stack: string,
    { directory, env }: Workspace,
    args: readonly string[],
): Promise<readonly string[]> {
    const command = [...args, "--stack", stack, "--non-interactive", "--color", "never"];
    const { code, output } = await runCommand("pulumi", command, {
        cwd: directory,
        env: { ...process.env, ...env },
        mayFail: true,
    });
    assert.notEqual(code, 0, output);
    const lines = output.split("\n");
    const errors = lines.filter((line) => /\berror: /.test(line));
    assert.ok(errors.length > 0 && errors.every((line) => sentence.test(line)), output);
    return lines
        .slice(
            0,
            lines.findIndex((line) => sentence.test(line)),
        )
        .filter((line) => !PROGRESS.test(line));
}

function namespaceBody(name: string): V1Namespace {
    return Object.assign(new V1Namespace(), { metadata: Object.assign(new V1ObjectMeta(), { name }) });
}

/** Runs `pulumi up` as a process group of its own, and kills the group when the first namespaces have been created. */
function killInTheMiddle(cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = spawn(
            "pulumi",
            ["up", "--stack", "killed", "--yes", "--skip-preview", "--non-interactive"],
            { cwd, env, detached: true, stdio: ["ignore", "pipe", "ignore"] },
        );
        let output = "";
        child.on("error", reject);
        child.stdout.on("data", (chunk: Buffer) => {
            output += chunk.toString();
            if (/:Namespace safe-kill-\w+ created/.test(output) && child.pid !== undefined) {
                process.kill(-child.pid, "SIGKILL");
            }
        });
        child.on("close", (code) => {
            if (code === null) {
                resolve();
            } else {
                reject(new Error(`it ended by itself with exit code ${code}:\n${output}`));
            }
        });
    });
}
