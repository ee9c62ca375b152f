import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api, KubernetesObjectApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { pinsIn, stackFile, writeRelease } from "../../support/promotionFixture";
import { useEngine } from "../../support/useEngine";
import { useRegistry } from "../../support/useRegistry";

const RUNTIME = "claude-code";
const NAMESPACE = "live-fleet";
const DEPLOYMENT = { namespace: NAMESPACE, name: "agent-cto" };

describe("a promotion compares with the cluster", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const registry = useRegistry();
    let images: Record<"v1" | "v2" | "v3", string>;

    const checkout = () => suite().workspace.directory;
    const fleet = (...args: string[]): Promise<{ code: number | null; output: string }> =>
        new Promise((resolve, reject) => {
            const child = spawn(process.execPath, ["commands/fleet.mjs", ...args], {
                cwd: checkout(),
                env: { ...process.env, ...suite().workspace.env },
                stdio: ["ignore", "pipe", "pipe"],
            });
            let output = "";
            for (const stream of [child.stdout, child.stderr]) {
                stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
            }
            child.once("error", reject);
            child.once("close", (code) => {
                resolve({ code, output });
            });
        });
    const promote = (release: string) => fleet("promote", "--release", `${release}.json`, "--env", "staging");
    const apps = () => suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
    const live = async () =>
        (await apps().readNamespacedDeployment(DEPLOYMENT)).spec?.template.spec?.containers[0]?.image;
    const setImage = (image: string) =>
        apps().patchNamespacedDeployment(
            {
                ...DEPLOYMENT,
                body: { spec: { template: { spec: { containers: [{ name: "agent", image }] } } } },
            },
            setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
        );
    const exported = async () => {
        const outputs = await (await suite().workspace.stack("platform", "staging")).outputs();
        const value = outputs["runtimeImages"]?.value as { runtimes: Record<string, { image: string }> };
        return value.runtimes[RUNTIME]?.image;
    };
    const writeSettings = (gate: Record<string, unknown>) => {
        suite().workspace.writeSettings("platform", "staging", {
            "platform:kubeContext": suite().cluster.context,
            "platform:runtimes": {
                [RUNTIME]: { image: images.v1, release: "v1", promotedAt: "2026-06-18T02:52:59Z" },
            },
            "platform:coreFleet": { namespace: NAMESPACE, agents: [{ name: "cto", runtime: RUNTIME }] },
            "platform:gate": gate,
        });
    };

    before("three releases are published", async () => {
        const repository = `genbrain/${RUNTIME}`;
        const push = async (number: number) => {
            const tag = `sha-${String(number).repeat(7)}`;
            const digest = await registry().push(repository, tag, tag);
            const image = `${registry().host}/${repository}:${tag}@${digest}`;
            writeRelease(
                path.join(checkout(), `v${number}.json`),
                `v${number}`,
                { [RUNTIME]: image },
                `2026-06-2${number}T10:00:00Z`,
            );
            return image;
        };
        images = { v1: await push(1), v2: await push(2), v3: await push(3) };
        writeSettings({});
        await suite().workspace.stack("platform", "staging");
    });

    it("deploys to a stack that was only made what its file has, instead of calling it current", async () => {
        const first = await promote("v1");
        assert.equal(first.code, 0, first.output);
        assert.match(first.output, /promoted=1 already-current=0/);
        assert.equal(await live(), images.v1);
        assert.ok(pinsIn(checkout(), "staging").get(RUNTIME)?.deployedAt !== undefined);
        assert.match((await promote("v1")).output, /promoted=0 already-current=1/);
    });

    it("puts back what another hand has left in the cluster, though file and state say that it is there", async () => {
        assert.equal((await promote("v2")).code, 0);
        await setImage(images.v1);
        const again = await promote("v2");
        assert.equal(again.code, 0, again.output);
        assert.match(again.output, /promoted=1 already-current=0/);
        assert.equal(await live(), images.v2);
    });

    it("puts the cluster back too when its update fails", async () => {
        const client = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        const quota = {
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "no-surge", namespace: NAMESPACE },
            spec: { hard: { pods: "1" } },
        };
        await client.create(quota);
        const before = stackFile(checkout(), "staging");
        const ended = await promote("v3");
        await client.delete(quota);
        assert.equal(ended.code, 1, ended.output);
        assert.match(
            ended.output,
            /Pulumi\.staging\.yaml is as it was before; the core fleet is on its pins/,
        );
        assert.equal(stackFile(checkout(), "staging"), before);
        assert.equal(await live(), images.v2);
    });

    it("says soaking of a pin that is deployed and not proven, and exports the one before", async () => {
        const file = stackFile(checkout(), "staging");
        assert.match(file, /platform:gate: \{\}/);
        fs.writeFileSync(
            path.join(checkout(), "platform", "Pulumi.staging.yaml"),
            file.replace("platform:gate: {}", "platform:gate: { soak: 1h }"),
        );
        const ended = await promote("v3");
        assert.equal(ended.code, 1, ended.output);
        assert.match(ended.output, /staging +claude-code +soaking/);
        assert.match(ended.output, /proven at .* at the earliest.*until then the stack exports "v2"/);
        assert.equal(await live(), images.v3);
        assert.equal(await exported(), images.v2);
    });
});
