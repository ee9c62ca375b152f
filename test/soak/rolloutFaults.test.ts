import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { findEngine } from "../../engine/findEngine";
import { pause } from "../../lib/system/pause";
import { type EmbeddedCluster, startCluster } from "../../local/cluster/startCluster";
import { Workspace } from "../../local/workspace";
import { killComponent } from "../support/clusterComponent";
import { type FaultProxy, startFaultProxy } from "../support/faultProxy";
import { RingFleet } from "../support/ringFleet";
import { publish } from "../support/ringStacks";
import { skipWithoutCluster, startTimeout } from "../support/sharedCluster";
import { skipBecause } from "../support/skipBecause";
import type { EngineSuite } from "../support/useEngine";

/** Milliseconds for which an API server is busy. */
const BUSY_MS = 60_000;

/** A cluster of its own, since its API server is killed. */
describe("a rollout whose API server is busy or restarts, on a real engine", function () {
    this.timeout(900_000);
    const name = `faults-${process.pid}`;
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "faults-"));
    const kubeconfig = path.join(directory, "kubeconfig");
    let cluster: EmbeddedCluster | undefined;
    let proxy: FaultProxy | undefined;
    let suite: EngineSuite;
    let fleet: RingFleet;
    let busyUntil = 0;
    let refused = 0;
    const images = () =>
        Promise.all(
            (["one", "two", "late"] as const).flatMap((each) =>
                [1, 2].map((org) => fleet.imageOf(each, org)),
            ),
        );

    before("three stacks of two orgs in two rings, which roll one agent at a time", async function () {
        this.timeout(startTimeout);
        if (process.platform !== "linux") {
            skipBecause(this, "how a process was started is read from /proc");
        }
        const engine = await findEngine();
        if (!engine.ok) {
            skipBecause(this, `no engine: ${engine.reason}`);
        }
        await skipWithoutCluster(this);
        cluster = await startCluster({ name, nodes: 1, owned: true });
        const kubeConfig = new KubeConfig();
        kubeConfig.loadFromFile(cluster.kubeconfigPath);
        fs.copyFileSync(cluster.kubeconfigPath, kubeconfig);
        const workspace = Workspace.create(kubeconfig);
        suite = { cluster: { ...cluster, kubeConfig }, workspace };
        fleet = await RingFleet.create(suite, "faults", 2);
        const podAnnotations = { "local.customer-orgs/start-after": "4s" };
        const agents = [{ name: "main", runtime: "platform-agent", podAnnotations }];
        for (const each of ["one", "two", "late"] as const) {
            fleet.configure(each, {
                "customer-orgs:gate": { parallel: 1 },
                // Longer than the API server is gone or busy.
                "customer-orgs:defaults": { progressDeadlineSeconds: 180, minReadySeconds: 0 },
            });
            [1, 2].forEach((org) => {
                fleet.writeOrg(each, `faults-${each}-${org}`, { agents });
            });
        }
        await publish(suite, "v1", "1");
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
    });
    after(async () => {
        await proxy?.close();
        (suite as EngineSuite | undefined)?.workspace.remove();
        await cluster?.stop();
        fs.rmSync(directory, { recursive: true });
    });

    it("is finished in one go where it is killed and comes back within a ring", async () => {
        const image = await publish(suite, "v2", "2");
        const { code, errors, output } = await fleet.rollout([], {
            when: fleet.onceOn("one", image),
            act: async () => {
                const start = await killComponent(name, "kube-apiserver");
                await pause(3_000);
                start();
            },
        });
        assert.equal(code, 0, errors + output);
        assert.deepEqual(new Set(await images()), new Set([image]));
    });

    it("begins nothing downstream where it answers 429 for a minute, and is finished by the next run", async () => {
        proxy = await startFaultProxy(suite.cluster.kubeconfigPath, () => {
            if (Date.now() >= busyUntil) {
                return undefined;
            }
            refused++;
            return { status: 429, retryAfter: 1 };
        });
        // The stacks' own context leads to it from now on.
        const { server } = proxy.kubeConfig.getCurrentCluster() ?? {};
        const { context } = suite.cluster;
        fs.writeFileSync(
            kubeconfig,
            stringify({
                ...{ apiVersion: "v1", kind: "Config", "current-context": context },
                clusters: [{ name: "busy", cluster: { server, "insecure-skip-tls-verify": true } }],
                users: [{ name: "nobody", user: {} }],
                contexts: [{ name: context, context: { cluster: "busy", user: "nobody" } }],
            }),
        );
        const old = await fleet.imageOf("late");
        const image = await publish(suite, "v3", "3");
        const first = await fleet.rollout([], {
            when: fleet.onceOn("one", image),
            act: () => {
                busyUntil = Date.now() + BUSY_MS;
            },
        });
        assert.ok(refused > 0);
        assert.ok(first.code === 0 || first.code === 1, first.errors + first.output);
        assert.deepEqual(fleet.locked(), []);
        const proven = [await fleet.releaseOf("one"), await fleet.releaseOf("two")];
        if (proven.some((release) => release !== "v3")) {
            assert.equal(await fleet.imageOf("late"), old, "nothing unproven is downstream");
        }
        await pause(Math.max(0, busyUntil - Date.now()));
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
        assert.deepEqual(new Set(await images()), new Set([image]));
    });
});
