import { networkPolicies } from "../../../components/networkPolicies";
import { networkSchema } from "../../../config/network";
import { connectKube } from "../../../kube/kubeClient";
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
            await client.request({
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
        }
        client.close();
    });
});
