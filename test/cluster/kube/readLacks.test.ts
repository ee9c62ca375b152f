import { KubernetesObjectApi } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { connectKube } from "../../../kube/kubeClient";
import { readLacks } from "../../../kube/readLacks";
import { useCluster } from "../../support/sharedCluster";
import { useNamespace } from "../../support/useNamespace";

describe("readLacks, on a real API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "lacks");

    it("names what namespaces lack, and namespaces that are not there, without reading a value", async () => {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const kind of ["Secret", "ConfigMap"]) {
            await objects.create({ apiVersion: "v1", kind, metadata: { name: "there", namespace } });
        }
        const client = await connectKube({
            context: cluster().context,
            kubeconfig: cluster().kubeconfigPath,
        });
        const wanted = (["Secret", "ConfigMap"] as const).flatMap((kind) => [
            { kind, name: "there" },
            { kind, name: "missing" },
        ]);
        const lacks = await readLacks(
            client,
            new Map([
                [namespace, wanted],
                ["org-nowhere", wanted.slice(0, 1)],
                ["default", []],
            ]),
        );
        client.close();
        assert.deepEqual(
            [...lacks],
            [
                [
                    namespace,
                    {
                        namespaceIsThere: true,
                        missing: [
                            { kind: "Secret", name: "missing" },
                            { kind: "ConfigMap", name: "missing" },
                        ],
                    },
                ],
                ["org-nowhere", { namespaceIsThere: false, missing: [{ kind: "Secret", name: "there" }] }],
            ],
        );
    });
});
