import { AppsV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { networkSchema } from "../../../config/network";
import { declareTenantGuards } from "../../../components/tenantGuards";
import { planAgent } from "../../../config/agent/planAgent";
import { findQuotaProblem } from "../../../config/agent/quotaNeeds";
import { DEPLOYMENT, declareAgent } from "../../support/declareAgent";
import { declareResources, inputsOf } from "../../support/declareResources";
import { pinned } from "../../support/sampleImages";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const imageOf = (letter: string) => pinned(`ghcr.io/genbrain/claude-code@sha256:${letter.repeat(64)}`);

/** The check's arithmetic is held against the arithmetic of a real quota. */
describe("the largest org that the quota's check admits, on a real API server", function () {
    this.timeout(180_000);
    const cluster = useCluster();
    const fits = useNamespace(cluster, "quota-fits");
    const over = useNamespace(cluster, "quota-over");

    const planOf = (name: string) =>
        planAgent(name, "claude-code", [{ origin: { layer: "agent" }, profile: { minReadySeconds: 0 } }]);
    const names = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);
    const problemOf = (count: number) => findQuotaProblem(names(count).map(planOf), [], "orgs/x.yaml");
    const largest = names(50).findIndex((_, index) => problemOf(index + 1) !== undefined);

    async function apply(namespace: string, letter: string, count: number): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const name of names(count)) {
            const { resources } = await declareAgent({
                name,
                namespace,
                plan: planOf(name),
                image: imageOf(letter),
            });
            const deployment = inputsOf(resources, DEPLOYMENT) as { kind: string };
            await objects.patch(
                deployment,
                undefined,
                undefined,
                "test",
                true,
                PatchStrategy.ServerSideApply,
            );
        }
    }

    /** How many Deployments run nothing but an image. */
    async function rolled(namespace: string, letter: string): Promise<number> {
        const apps = cluster().kubeConfig.makeApiClient(AppsV1Api);
        const { items } = await apps.listNamespacedDeployment({ namespace });
        return items.filter(
            ({ spec, status, metadata }) =>
                spec?.template.spec?.containers[0]?.image?.includes(letter.repeat(64)) === true &&
                status?.observedGeneration === metadata?.generation &&
                status?.updatedReplicas === 1 &&
                status.replicas === 1 &&
                status.availableReplicas === 1,
        ).length;
    }

    async function guard(namespace: string): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const { resources } = await declareResources(() =>
            declareTenantGuards(
                { org: "x", namespace, network: networkSchema.parse(undefined), runtimes: [] },
                new pulumi.ComponentResource("test:index:Org", "x"),
            ),
        );
        for (const { type, inputs } of resources) {
            if (/:(ResourceQuota|LimitRange|ServiceAccount)$/.test(type)) {
                await objects.create(JSON.parse(JSON.stringify(inputs)) as { kind: string });
            }
        }
        await until("the quota is counted", async () => {
            const header = {
                apiVersion: "v1",
                kind: "ResourceQuota",
                metadata: { name: "org-quota", namespace },
            };
            const read = (await objects.read(header)) as { status?: { used?: object } };
            return read.status?.used === undefined ? undefined : true;
        });
    }

    it("is rolled twice, every agent of it", async () => {
        assert.equal(largest, 8);
        await guard(fits);
        for (const letter of ["a", "b", "c"]) {
            await apply(fits, letter, largest);
            await until(`all run ${letter}`, async () =>
                (await rolled(fits, letter)) === largest ? true : undefined,
            );
        }
    });

    it("is not so for an org that fills its quota: it is born, and stays on its first image", async () => {
        await guard(over);
        await apply(over, "a", 16);
        await until("all are born", async () => ((await rolled(over, "a")) === 16 ? true : undefined));
        await apply(over, "b", 16);
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        assert.equal(await rolled(over, "b"), 0);
        assert.match(problemOf(16) ?? "", /limits\.cpu 32 of 16/);
    });
});
