import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { connectWatch } from "../../../kube/kubeWatch";
import type { LiveNamespace } from "../../../kube/liveObjects";
import { readNamespace } from "../../../kube/readObjects";
import { Reflector } from "../../../kube/reflector";
import { type Fault, type FaultProxy, startFaultProxy } from "../../support/faultProxy";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";

/** A real API server, with a proxy before it that fails watches as a test says. */
describe("the mirror of one kind on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "reflector-"));
    const ending = new AbortController();
    let client: KubeClient;
    let proxy: FaultProxy;
    let faults: Fault[] = [];
    let watches = 0;
    let reflector: Reflector<LiveNamespace>;

    const make = async (name: string) => {
        const metadata = {
            name: `${name}-${process.pid}`,
            labels: { "fleet-test": `reflector-${process.pid}` },
        };
        await client.request({ method: "POST", path: "/api/v1/namespaces", body: { metadata } });
    };
    const mirrored = (name: string) =>
        until(`${name} in the mirror`, () =>
            Promise.resolve(
                reflector.list().some((each) => each.name === `${name}-${process.pid}`) ? true : undefined,
            ),
        );

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        proxy = await startFaultProxy(cluster().kubeconfigPath, ({ path: asked }) => {
            if (!asked.includes("watch=true")) {
                return undefined;
            }
            watches++;
            return faults.shift();
        });
        const kubeconfig = path.join(directory, "kubeconfig");
        fs.writeFileSync(kubeconfig, proxy.kubeConfig.exportConfig());
        reflector = new Reflector(await connectWatch({ kubeconfig }), {
            path: "/api/v1/namespaces",
            labelSelector: `fleet-test=reflector-${process.pid}`,
            read: readNamespace,
            wanted: () => true,
            onChange: () => undefined,
            signal: ending.signal,
        });
        await make("mirror-first");
        faults = [{ status: 410 }, "reset", { status: 500 }];
        void reflector.run();
    });
    after(async () => {
        ending.abort();
        (client as KubeClient | undefined)?.close();
        await (proxy as FaultProxy | undefined)?.close();
        fs.rmSync(directory, { recursive: true });
    });

    it("lists again after a 410, goes on after lost and refused watches, and then sees what is made", async () => {
        await mirrored("mirror-first");
        await until("the fourth watch", () => Promise.resolve(watches >= 4 ? true : undefined));
        await make("mirror-second");
        await mirrored("mirror-second");
        assert.equal(reflector.lists, 2, "once at the start, once after the 410");
        assert.equal(reflector.trouble, undefined);
    });
});
