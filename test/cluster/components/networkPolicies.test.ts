import assert from "node:assert/strict";
import { networkPolicies } from "../../../components/networkPolicies";
import { networkSchema } from "../../../config/network";
import { type KubeClient, connectKube } from "../../../kube/kubeClient";
import { useCluster } from "../../support/sharedCluster";
import { useNamespace } from "../../support/useNamespace";

describe("an org's network policies, on a real API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "network");

    it("are admitted with everything that can be said, and no field of them is unknown", async () => {
        const client = await connectKube({
            context: cluster().context,
            kubeconfig: cluster().kubeconfigPath,
        });
        const peer = {
            namespaceSelector: { matchLabels: { a: "b" } },
            podSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
        };
        const traffic = {
            egress: [
                { to: [peer], ports: [{ protocol: "TCP", port: 4222, endPort: 4230 }, { port: "http" }] },
            ],
            ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }],
        };
        const network = networkSchema.parse({
            ...traffic,
            dns: ["kube-dns", "node-local", "gke-cloud-dns", "openshift", "eks-auto"],
            clusterRanges: ["34.118.224.0/20", "2600:1900::/28"],
            runtimes: { a: traffic },
        });
        for (const [name, spec] of networkPolicies({ network, runtimes: ["a"] })) {
            await tryOut(client, name, spec);
        }
        client.close();
    });

    const tryOut = (client: KubeClient, name: string, spec: unknown) =>
        client.request({
            method: "POST",
            path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
            query: { dryRun: "All", fieldValidation: "Strict" },
            body: {
                apiVersion: "networking.k8s.io/v1",
                kind: "NetworkPolicy",
                metadata: { name, namespace },
                spec,
            },
        });

    for (const [what, ipBlock, taken] of [
        ["an exception outside of its range", { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] }, false],
        ["an exception of the whole range", { cidr: "10.0.0.0/8", except: ["10.0.0.0/8"] }, false],
        ["an exception of the other family", { cidr: "10.0.0.0/8", except: ["2001:db8::/32"] }, false],
        ["a range that is not written by its first address", { cidr: "10.0.0.1/8" }, false],
        ["an IPv4 address in IPv6's clothes", { cidr: "::ffff:10.0.0.0/104" }, false],
        ["a range of a network card", { cidr: "fe80::1%eth0/64" }, false],
        ["a part of a part of IPv6", { cidr: "2001:db8::/32", except: ["2001:db8:8000::/33"] }, true],
        ["everything", { cidr: "::/0" }, true],
    ] as const) {
        it(`are ${taken ? "admitted" : "refused before anything is declared"} with ${what}`, async () => {
            const said = { egress: [{ to: [{ ipBlock }] }] };
            const parsed = networkSchema.safeParse(said);
            assert.equal(parsed.success, taken);
            if (parsed.success) {
                const client = await connectKube({
                    context: cluster().context,
                    kubeconfig: cluster().kubeconfigPath,
                });
                await tryOut(
                    client,
                    "odd",
                    networkPolicies({ network: parsed.data, runtimes: [] }).get("allow"),
                );
                client.close();
            }
        });
    }
});
