import {
    AuthenticationV1TokenRequest,
    CoreV1Api,
    KubeConfig,
    KubernetesObjectApi,
    V1TokenRequestSpec,
} from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

/** The embedded cluster's API server is a real one: it admits and refuses what a production cluster would. */
describe("the embedded cluster's API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "admission", {
        "pod-security.kubernetes.io/enforce": "restricted",
    });
    let core: CoreV1Api;
    let objects: KubernetesObjectApi;

    before(() => {
        core = cluster().kubeConfig.makeApiClient(CoreV1Api);
        objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
    });

    const pod = (name: string, spec: object) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace },
        spec,
    });
    const agent = { name: "agent", image: "ghcr.io/acme/agent:v1" };
    const compliant = {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
            {
                ...agent,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
        ],
    };

    it("refuses a privileged pod where Pod Security says restricted, and admits a compliant one", async () => {
        const privileged = { containers: [{ ...agent, securityContext: { privileged: true } }] };
        await assert.rejects(objects.create(pod("privileged", privileged)), {
            code: 403,
            message: /violates PodSecurity .*restricted/,
        });
        await objects.create(pod("compliant", compliant));
    });

    it("fills in the defaults of a limit range", async () => {
        await objects.create({
            apiVersion: "v1",
            kind: "LimitRange",
            metadata: { name: "defaults", namespace },
            // The client's own spelling: it sends _default as default, and would drop that.
            spec: {
                limits: [{ type: "Container", _default: { cpu: "100m" }, defaultRequest: { cpu: "50m" } }],
            },
        });
        await objects.create(pod("limited", compliant));
        const { spec } = await core.readNamespacedPod({ name: "limited", namespace });
        assert.deepEqual(spec?.containers[0]?.resources?.limits, { cpu: "100m" });
        assert.deepEqual(spec.containers[0].resources.requests, { cpu: "50m" });
    });

    it("enforces a quota", async () => {
        await objects.create({
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "quota", namespace },
            spec: { hard: { "count/configmaps": "2" } },
        });
        await until("the quota to be counted", async () => {
            const read = await core.readNamespacedResourceQuota({ name: "quota", namespace });
            // The controller-manager has put one in each namespace: its root certificate.
            return read.status?.used?.["count/configmaps"] === "1" ? true : undefined;
        });
        const configMap = (name: string) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name, namespace },
        });
        await objects.create(configMap("within"));
        await assert.rejects(objects.create(configMap("beyond")), {
            code: 403,
            message: /exceeded quota: quota/,
        });
    });

    it("lets nobody in without a certificate", async () => {
        const { kubeConfig } = cluster();
        const anonymous = new KubeConfig();
        anonymous.loadFromOptions({
            clusters: kubeConfig.getClusters(),
            users: [{ name: "nobody" }],
            contexts: [{ name: "c", cluster: kubeConfig.getCurrentCluster()?.name, user: "nobody" }],
            currentContext: "c",
        });
        await assert.rejects(anonymous.makeApiClient(CoreV1Api).listNamespace(), {
            code: 403,
            message: /system:anonymous/,
        });
        assert.ok((await core.listNamespace()).items.length > 0);
    });

    it("gives a ServiceAccount no rights of its own", async () => {
        const { kubeConfig } = cluster();
        const token = await core.createNamespacedServiceAccountToken({
            name: "default",
            namespace,
            body: Object.assign(new AuthenticationV1TokenRequest(), {
                spec: Object.assign(new V1TokenRequestSpec(), { audiences: [] }),
            }),
        });
        const account = new KubeConfig();
        account.loadFromOptions({
            clusters: kubeConfig.getClusters(),
            users: [{ name: "account", token: token.status?.token }],
            contexts: [{ name: "c", cluster: kubeConfig.getCurrentCluster()?.name, user: "account" }],
            currentContext: "c",
        });
        await assert.rejects(account.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace }), {
            code: 403,
            message: new RegExp(`system:serviceaccount:${namespace}:default`),
        });
    });
});
