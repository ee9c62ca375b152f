import {
    AppsV1Api,
    AuthenticationV1TokenRequest,
    CoreV1Api,
    NetworkingV1Api,
    PatchStrategy,
    V1EphemeralContainer,
    V1ScaleSpec,
    V1TokenRequestSpec,
} from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { managedLabels } from "../../../components/objectMetadata";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { DIGEST, type Named, useTenant } from "../../support/useTenant";

const PLATFORMS = /this object is the platform's|would open what the platform keeps closed/;
const TEMPLATE = /its pods would pass for an agent's|this object is the platform's/;

describe("the platform's objects in a tenant's namespace, on a real API server", function () {
    this.timeout(90_000);
    const cluster = useCluster();
    const {
        namespace,
        as,
        configOf,
        deployer,
        oncall,
        outsider,
        tenant,
        object,
        podWith,
        tryOut,
        tryToChange,
        tryToDelete,
    } = useTenant(cluster, "tenancy");
    const refusedBy = (pattern: RegExp) => (error: unknown) => {
        assert.match(String(error), pattern);
        return true;
    };
    const changed = (apiVersion: string, kind: string, name: string, metadata: object): Named => ({
        ...object(apiVersion, kind, name),
        metadata: { name, namespace, ...metadata },
    });

    for (const [apiVersion, kind, name] of [
        ["networking.k8s.io/v1", "NetworkPolicy", "deny-all"],
        ["networking.k8s.io/v1", "NetworkPolicy", "allow"],
        ["v1", "ServiceAccount", "agent"],
        ["apps/v1", "Deployment", "agent-coder"],
    ] as const) {
        it(`are not a tenant's to delete, to change and to unlabel: the ${kind} "${name}"`, async () => {
            await assert.rejects(tryToDelete(object(apiVersion, kind, name)), refusedBy(PLATFORMS));
            for (const metadata of [
                { annotations: { a: "b" } },
                { labels: { "app.kubernetes.io/part-of": null, "customer-orgs/org": null } },
            ]) {
                await assert.rejects(
                    tryToChange(changed(apiVersion, kind, name, metadata)),
                    refusedBy(PLATFORMS),
                );
            }
        });

        it(`are changed by whoever deploys and by the break-glass group, and by no other administrator: the ${kind} "${name}"`, async () => {
            const change = changed(apiVersion, kind, name, { annotations: { a: "b" } });
            const attempt = (user: string) =>
                as(user).patch(change, undefined, "All", undefined, undefined, PatchStrategy.MergePatch);
            await attempt(deployer);
            await attempt(oncall);
            await assert.rejects(attempt(outsider), refusedBy(PLATFORMS));
        });
    }

    it("are not deleted as a collection either", async () => {
        const networking = configOf(tenant).makeApiClient(NetworkingV1Api);
        await assert.rejects(
            networking.deleteCollectionNamespacedNetworkPolicy({ namespace, dryRun: "All" }),
            refusedBy(PLATFORMS),
        );
        const core = configOf(tenant).makeApiClient(CoreV1Api);
        await until("the agent has a pod", () => agentPod(core));
        await assert.rejects(
            core.deleteCollectionNamespacedPod({ namespace, dryRun: "All" }),
            refusedBy(PLATFORMS),
        );
    });

    const agentPod = async (core: CoreV1Api) => {
        const labelSelector = "customer-orgs/agent=coder";
        const { items } = await core.listNamespacedPod({ namespace, labelSelector });
        return items[0];
    };

    it("keep their namespace's labels, which say what pods may do, even from who may change namespaces", async () => {
        const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
        const change = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } };
        const attempt = (user: string) =>
            as(user).patch(change, undefined, "All", undefined, undefined, PatchStrategy.MergePatch);
        await assert.rejects(attempt(outsider), refusedBy(PLATFORMS));
        await attempt(oncall);
    });

    it("are not scaled: by hand, or by an autoscaler, which works through the control plane", async () => {
        const name = "agent-coder";
        const apps = configOf(tenant).makeApiClient(AppsV1Api);
        const scale = await apps.readNamespacedDeploymentScale({ name, namespace });
        scale.spec = Object.assign(new V1ScaleSpec(), { replicas: 0 });
        await assert.rejects(
            apps.replaceNamespacedDeploymentScale({ name, namespace, body: scale, dryRun: "All" }),
            refusedBy(/is the platform's: its replicas are said in its org's file/),
        );
        const autoscaler = (target: string) =>
            object("autoscaling/v2", "HorizontalPodAutoscaler", "own", {
                spec: {
                    maxReplicas: 9,
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
                },
            });
        await assert.rejects(tryOut(autoscaler(name)), refusedBy(/its replicas are said in its org's file/));
        await tryOut(autoscaler("own"));
    });

    it("get no container slipped in", async () => {
        const core = configOf(tenant).makeApiClient(CoreV1Api);
        const running = await until("the agent has a pod", () => agentPod(core));
        assert.ok(running.spec !== undefined);
        running.spec.ephemeralContainers = [
            Object.assign(new V1EphemeralContainer(), {
                name: "debug",
                image: DIGEST,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            }),
        ];
        const name = running.metadata?.name ?? "";
        await assert.rejects(
            core.replaceNamespacedPodEphemeralcontainers({ name, namespace, body: running, dryRun: "All" }),
            refusedBy(PLATFORMS),
        );
    });

    const deployment = (labels: object) =>
        object("apps/v1", "Deployment", "own", {
            spec: {
                selector: { matchLabels: { app: "own" } },
                template: {
                    metadata: { labels: { app: "own", ...labels } },
                    spec: podWith({})["spec"],
                },
            },
        });

    it("are not passed for: neither by a pod, nor by what the control plane makes of a template", async () => {
        for (const labels of [managedLabels("agent", "coder"), { "customer-orgs/runtime": "claude-code" }]) {
            const pod = podWith({});
            await assert.rejects(
                tryOut({ ...pod, metadata: { ...pod.metadata, labels } }),
                refusedBy(PLATFORMS),
            );
            await assert.rejects(tryOut(deployment(labels)), refusedBy(TEMPLATE));
            const job = {
                template: {
                    metadata: { labels },
                    spec: { restartPolicy: "Never", ...(podWith({})["spec"] as object) },
                },
            };
            await assert.rejects(
                tryOut(object("batch/v1", "Job", "own", { spec: job })),
                refusedBy(TEMPLATE),
            );
            const cron = { schedule: "* * * * *", jobTemplate: { spec: job } };
            await assert.rejects(
                tryOut(object("batch/v1", "CronJob", "own", { spec: cron })),
                refusedBy(TEMPLATE),
            );
        }
        await tryOut(deployment({}));
    });

    it("lend nobody their identity: no token of the agents' ServiceAccount", async () => {
        const core = configOf(tenant).makeApiClient(CoreV1Api);
        const token = (name: string) =>
            core.createNamespacedServiceAccountToken({
                name,
                namespace,
                body: Object.assign(new AuthenticationV1TokenRequest(), {
                    spec: Object.assign(new V1TokenRequestSpec(), { audiences: ["sts.example"] }),
                }),
            });
        await assert.rejects(token("agent"), refusedBy(/nobody else is handed a token of it/));
        await token("default");
        const projected = {
            name: "v",
            projected: { sources: [{ serviceAccountToken: { path: "t", audience: "sts.example" } }] },
        };
        for (const more of [{ automountServiceAccountToken: true }, { volumes: [projected] }]) {
            await assert.rejects(
                tryOut(podWith({ serviceAccountName: "agent", ...more })),
                refusedBy(/mounts no token of it/),
            );
            await tryOut(podWith(more));
        }
        await tryOut(podWith({ serviceAccountName: "agent" }));
    });

    it("are not pushed away by a tenant's pods, and no tenant takes others' traffic", async () => {
        await assert.rejects(
            tryOut(podWith({ priorityClassName: "system-cluster-critical" })),
            refusedBy(/would push other tenants' pods away/),
        );
        const service = (spec: object) =>
            object("v1", "Service", "own", { spec: { ports: [{ port: 80 }], ...spec } });
        await assert.rejects(
            tryOut(service({ externalIPs: ["8.8.8.8"] })),
            refusedBy(/takes the traffic of whoever has these addresses/),
        );
        await tryOut(service({}));
    });

    it("are looked after by policies that the type checker accepts without a warning", async () => {
        for (const name of ["protect-platform-objects", "require-own-images", "keep-tenants-apart"]) {
            const header = {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingAdmissionPolicy",
                metadata: { name },
            };
            const { status } = await until("the type checker has looked", async () => {
                const read = (await as(deployer).read(header)) as {
                    status?: { typeChecking?: { expressionWarnings?: object[] } };
                };
                return read.status?.typeChecking === undefined ? undefined : read;
            });
            assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], [], name);
        }
    });

    it("leave a tenant free to delete what is its own", async () => {
        const own = object("v1", "ServiceAccount", "own");
        await as(tenant).create(own);
        await as(tenant).delete(own);
    });

    it("are rolled all the same: the control plane may do what it has to", async () => {
        const apps = configOf(deployer).makeApiClient(AppsV1Api);
        const settled = () =>
            until("the agent runs", async () => {
                const { status, metadata } = await apps.readNamespacedDeployment({
                    name: "agent-coder",
                    namespace,
                });
                return status?.observedGeneration === metadata?.generation &&
                    status?.updatedReplicas === 1 &&
                    status.replicas === 1 &&
                    status.availableReplicas === 1
                    ? true
                    : undefined;
            });
        await settled();
        const again = {
            ...object("apps/v1", "Deployment", "agent-coder"),
            spec: { template: { metadata: { annotations: { again: "1" } } } },
        };
        const merge = PatchStrategy.MergePatch;
        await as(deployer).patch(again, undefined, undefined, undefined, undefined, merge);
        await settled();
    });
});
