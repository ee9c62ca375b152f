import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import { connectCluster } from "../../../components/connectCluster";
import { promiseOf } from "../../../components/promiseOf";
import { declareResources, inputsOf } from "../../support/declareResources";

const PROVIDER = "pulumi:providers:kubernetes";

/** Connects, and declares a namespace there. */
function connect(stashed: string | undefined, kubeconfig?: string) {
    return declareResources(
        async () => {
            const { provider, uid } = await connectCluster({
                ...{ kubeContext: "prod", kubeconfig },
                requests: { qps: 200, burst: 400 },
            });
            new kubernetes.core.v1.Namespace("org", { metadata: { name: "org-acme" } }, { provider });
            return promiseOf(uid);
        },
        { stashed, live: { "kubernetes:core/v1:Namespace": { metadata: { uid: "uid-of-today" } } } },
    );
}

describe("connectCluster", () => {
    it("remembers the cluster at the first time, and works through a provider that knows it", async () => {
        const { resources, result } = await connect(undefined, "kube/config");
        assert.equal(await result, "uid-of-today");
        assert.deepEqual(inputsOf(resources, "pulumi:index:Stash"), { input: "uid-of-today" });
        assert.deepEqual(inputsOf(resources, PROVIDER, "cluster"), {
            context: "prod",
            kubeconfig: "kube/config",
            clusterIdentifier: "uid-of-today",
            kubeClientSettings: '{"qps":200,"burst":400}',
        });
        assert.equal(resources.find(({ name }) => name === "org")?.provider, "cluster");
    });

    it("asks for the cluster's identity through a connection of the same context, by reading alone", async () => {
        const { resources } = await connect(undefined);
        assert.deepEqual(inputsOf(resources, PROVIDER, "cluster-identity"), { context: "prod" });
        const asked = resources.filter(({ provider }) => provider === "cluster-identity");
        assert.deepEqual(
            asked.map(({ type, read }) => [type, read]),
            [["kubernetes:core/v1:Namespace", "kube-system"]],
        );
    });

    it("goes on when the cluster is the same as last time", async () => {
        const { resources, result } = await connect("uid-of-today");
        assert.equal(await result, "uid-of-today");
        assert.ok(resources.some(({ name }) => name === "org"));
    });

    it("stops when the context leads to another cluster, and creates nothing there", async () => {
        const { resources, result } = await connect("uid-of-last-time");
        await assert.rejects(result, {
            message:
                /^The context "prod" leads to another cluster than this stack was applied to before: expected the cluster "uid-of-last-time" \(uid of its namespace kube-system\), found "uid-of-today"\. Nothing was changed\. Point the context back, or deploy to the new cluster with a stack of its own\.$/,
        });
        assert.deepEqual(
            resources.map(({ type, name }) => `${type} ${name}`),
            [
                `${PROVIDER} cluster-identity`,
                "kubernetes:core/v1:Namespace cluster-identity",
                "pulumi:index:Stash cluster-identity",
            ],
        );
    });
});
