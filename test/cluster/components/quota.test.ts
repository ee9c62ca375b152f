import { AppsV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { agentClaim } from "../../../components/agentClaim";
import { declareTenantGuards } from "../../../components/tenantGuards";
import type { AgentPlan } from "../../../config/agent/agentPlan";
import { planAgent } from "../../../config/agent/planAgent";
import type { Profile } from "../../../config/agent/profileSchema";
import { findQuotaProblem } from "../../../config/agent/quotaNeeds";
import { networkSchema } from "../../../config/network";
import type { ImageReference } from "../../../images/imageReference";
import { readImage } from "../../../images/imageReference";
import { declareAgent } from "../../support/declareAgent";
import { declareResources } from "../../support/declareResources";
import { pinned } from "../../support/sampleImages";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const imageOf = (letter: string) => pinned(`ghcr.io/genbrain/claude-code@sha256:${letter.repeat(64)}`);
const SMALL = {
    requests: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "200m", memory: "64Mi", "ephemeral-storage": "64Mi" },
};
const STORAGE_CLASS = `quota-${process.pid}`;

/** What an org's agents may be, and the most of them that the check admits in the built-in quota. */
const KINDS: Readonly<Record<string, { readonly profile: Profile; readonly most: number }>> = {
    "that says nothing": { profile: { minReadySeconds: 0 }, most: 8 },
    "of as many small agents as it may have Deployments, whose boot gate is the larger": {
        profile: {
            minReadySeconds: 0,
            bootGate: ["/bin/sh"],
            resources: { requests: { cpu: "1m" }, limits: { cpu: "2m", memory: "1Mi" } },
        },
        most: 20,
    },
    "with a sidecar": {
        profile: {
            minReadySeconds: 0,
            resources: SMALL,
            sidecars: {
                proxy: {
                    image: `ghcr.io/genbrain/proxy@sha256:${"d".repeat(64)}`,
                    resources: { limits: { cpu: "1", memory: "64Mi" } },
                },
            },
        },
        most: 6,
    },
    "of several pods that are rolled several at a time": {
        profile: {
            minReadySeconds: 1,
            replicas: 3,
            resources: SMALL,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
        },
        most: 8,
    },
    "whose pods have claims, and end before their successors begin": {
        profile: {
            minReadySeconds: 0,
            resources: SMALL,
            volumes: {
                state: { mountPath: "/state", claim: { size: "12Gi", storageClass: STORAGE_CLASS } },
            },
        },
        most: 8,
    },
};

/** The check's arithmetic is held against the arithmetic of a real quota. */
describe("the largest org that the quota's check admits, on a real API server", function () {
    this.timeout(180_000);
    const cluster = useCluster();
    const over = useNamespace(cluster, "quota-over");
    const repository = [readImage("ghcr.io/genbrain") as ImageReference];
    const plansOf = (profile: Profile, count: number): ReadonlyMap<string, AgentPlan> =>
        new Map(
            Array.from({ length: count }, (_, index) => {
                const layer = { origin: { layer: "agent" }, profile } as const;
                return [`a${index}`, planAgent(`a${index}`, "claude-code", [layer], repository)];
            }),
        );
    const problemOf = (profile: Profile, count: number) =>
        findQuotaProblem(plansOf(profile, count).values(), [], "orgs/x.yaml");

    async function declare(namespace: string, build: () => unknown): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const { resources, result } = await declareResources(build);
        await result;
        for (const { type, inputs } of resources) {
            if (type.startsWith("kubernetes:") && !type.endsWith(":NetworkPolicy")) {
                const plain = JSON.parse(JSON.stringify(inputs)) as { kind: string };
                await objects.patch(plain, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
            }
        }
    }

    async function apply(namespace: string, letter: string, plans: ReadonlyMap<string, AgentPlan>) {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const [name, plan] of plans) {
            assert.deepEqual(plan.problems, []);
            const { resources } = await declareAgent({ name, namespace, plan, image: imageOf(letter) });
            for (const { type, inputs } of resources) {
                if (type.startsWith("kubernetes:")) {
                    const plain = JSON.parse(JSON.stringify(inputs)) as { kind: string };
                    await objects.patch(
                        plain,
                        undefined,
                        undefined,
                        "test",
                        true,
                        PatchStrategy.ServerSideApply,
                    );
                }
            }
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
                status?.updatedReplicas === spec.replicas &&
                status?.replicas === spec.replicas &&
                status?.availableReplicas === spec.replicas,
        ).length;
    }

    async function guard(namespace: string): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        await declare(namespace, () =>
            declareTenantGuards(
                { org: "x", namespace, network: networkSchema.parse(undefined), runtimes: [] },
                new pulumi.ComponentResource("test:index:Org", "x"),
            ),
        );
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

    /** Claims, and volumes that somebody has made for them: the embedded cluster provisions none. */
    async function claim(namespace: string, plans: ReadonlyMap<string, AgentPlan>): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const claims = [...plans.values()].flatMap((plan) => plan.claims);
        for (const { name, claim: of } of claims) {
            await objects.create({
                apiVersion: "v1",
                kind: "PersistentVolume",
                metadata: { name: `${namespace}-${name}` },
                spec: {
                    capacity: { storage: of.size },
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: STORAGE_CLASS,
                    hostPath: { path: "/nowhere" },
                },
            } as { kind: string });
        }
        await declare(namespace, () => {
            const parent = new pulumi.ComponentResource("test:index:Org", "x");
            for (const one of claims) {
                agentClaim({ owner: "x", namespace, claim: one, protect: true }, parent);
            }
        });
    }

    for (const [index, [kind, { profile, most }]] of Object.entries(KINDS).entries()) {
        const namespace = useNamespace(cluster, `quota-fits-${index}`);
        it(`is rolled twice, every agent of it: an org ${kind}`, async () => {
            assert.deepEqual(
                [problemOf(profile, most), problemOf(profile, most + 1) === undefined],
                [undefined, false],
            );
            const plans = plansOf(profile, most);
            await guard(namespace);
            await claim(namespace, plans);
            for (const letter of ["a", "b", "c"]) {
                await apply(namespace, letter, plans);
                await until(`all run ${letter}`, async () =>
                    (await rolled(namespace, letter)) === most ? true : undefined,
                );
            }
        });
    }

    it("is not so for an org that fills its quota: it is born, and stays on its first image", async () => {
        const profile = { minReadySeconds: 0 };
        await guard(over);
        await apply(over, "a", plansOf(profile, 16));
        await until("all are born", async () => ((await rolled(over, "a")) === 16 ? true : undefined));
        await apply(over, "b", plansOf(profile, 16));
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        assert.equal(await rolled(over, "b"), 0);
        assert.match(problemOf(profile, 16) ?? "", /limits\.cpu 32 of 16/);
    });
});
