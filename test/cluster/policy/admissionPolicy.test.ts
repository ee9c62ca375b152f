import { KubernetesObjectApi } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { ADMISSION_POLICY_NAME, admissionPolicy } from "../../../policy/admission/admissionPolicy";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const GOOD = `ghcr.io/acme/agent@sha256:${"a".repeat(64)}`;
const BAD = "ghcr.io/acme/agent:latest";
const EXEMPTION = { owner: "team-a", reason: "a test", expires: "2999-12-31" };

/** The policy's real judge is the API server: its CEL, its cost limits, its idea of an update. */
describe("the admission policy on a real API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const legacy = useNamespace(cluster, "legacy");
    const namespace = useNamespace(cluster, "images");
    const exempt = useNamespace(cluster, "exempt");
    let objects: KubernetesObjectApi;

    const metadata = (name: string, inNamespace = namespace) => ({ name, namespace: inNamespace });
    const container = (image: string) => ({ name: "c", image });
    const pod = (name: string, spec: object, inNamespace = namespace) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: metadata(name, inNamespace),
        spec,
    });
    const template = (image: string) => ({
        metadata: { labels: { app: "a" } },
        spec: { containers: [container(image)] },
    });
    const selector = { matchLabels: { app: "a" } };
    const refused = {
        code: 422,
        message:
            /every image has to be a digest or a git-SHA tag; these are not: ghcr\.io\/acme\/agent:latest/,
    };

    before("the policy is in force", async () => {
        objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const old = { replicas: 0, selector, template: template(BAD) };
        for (const name of ["old", "stranded"]) {
            await objects.create({
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: metadata(name),
                spec: old,
            });
        }
        const { policy, binding } = admissionPolicy({
            config: {
                enforcementLevel: "mandatory",
                exemptions: [
                    { ...EXEMPTION, repository: "docker.io/library/busybox" },
                    { ...EXEMPTION, repository: "quay.io/acme", namespace: legacy },
                    { ...EXEMPTION, repository: "gcr.io/acme", expires: "2020-01-01" },
                ],
            },
            // The suites share one cluster: only this suite's namespaces may be checked while it runs.
            exemptNamespaces: [exempt],
            now: new Date(),
        });
        const own = {
            matchExpressions: [
                { key: "kubernetes.io/metadata.name", operator: "In", values: [namespace, legacy, exempt] },
            ],
        };
        await objects.create({
            ...policy,
            spec: {
                ...policy.spec,
                matchConstraints: { ...(policy.spec["matchConstraints"] as object), namespaceSelector: own },
            },
        });
        await objects.create(binding);
        await until("the policy refuses", async () => {
            try {
                await objects.create(pod("probe", { containers: [container(BAD)] }), undefined, "All");
                return undefined;
            } catch (error) {
                return /git-SHA tag/.test(String(error)) ? true : undefined;
            }
        });
    });

    after("the policy is taken away", async () => {
        for (const kind of ["ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"]) {
            const header = {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind,
                metadata: { name: ADMISSION_POLICY_NAME },
            };
            await objects.delete(header);
        }
    });

    const dryRun = (object: object) => objects.create(object as { kind: string }, undefined, "All");

    it("is accepted by the type checker without a warning", async () => {
        const metadata = { name: ADMISSION_POLICY_NAME };
        const header = {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingAdmissionPolicy",
            metadata,
        };
        const policy = await until("the type checker has looked", async () => {
            const read = (await objects.read(header)) as {
                status?: { typeChecking?: { expressionWarnings?: object[] } };
            };
            return read.status?.typeChecking === undefined ? undefined : read;
        });
        assert.deepEqual(policy.status?.typeChecking?.expressionWarnings ?? [], []);
    });

    it("admits digests and git-SHA tags", async () => {
        await dryRun(
            pod("good", {
                containers: [container(GOOD)],
                initContainers: [{ name: "i", image: "nginx:sha-abc1234" }],
            }),
        );
        await dryRun(pod("good", { containers: [container("localhost:5000/a:abc1234")] }));
    });

    it("refuses a mutable image in containers, init containers and image volumes, and names it", async () => {
        await assert.rejects(dryRun(pod("bad", { containers: [container(BAD)] })), refused);
        await assert.rejects(
            dryRun(
                pod("bad", { containers: [container(GOOD)], initContainers: [{ name: "i", image: BAD }] }),
            ),
            refused,
        );
        const volumes = [{ name: "v", image: { reference: BAD } }];
        await assert.rejects(dryRun(pod("bad", { containers: [container(GOOD)], volumes })), refused);
    });

    for (const [apiVersion, kind, spec] of [
        ["apps/v1", "Deployment", { selector, template: template(BAD) }],
        ["apps/v1", "ReplicaSet", { selector, template: template(BAD) }],
        ["apps/v1", "StatefulSet", { selector, serviceName: "a", template: template(BAD) }],
        ["apps/v1", "DaemonSet", { selector, template: template(BAD) }],
        ["v1", "ReplicationController", { selector: { app: "a" }, template: template(BAD) }],
        ["batch/v1", "Job", { template: { spec: { restartPolicy: "Never", containers: [container(BAD)] } } }],
        [
            "batch/v1",
            "CronJob",
            {
                schedule: "* * * * *",
                jobTemplate: {
                    spec: { template: { spec: { restartPolicy: "Never", containers: [container(BAD)] } } },
                },
            },
        ],
    ] as const) {
        it(`refuses a mutable image in a ${kind}, and admits a digest`, async () => {
            await assert.rejects(dryRun({ apiVersion, kind, metadata: metadata("bad"), spec }), refused);
            const good = JSON.parse(JSON.stringify(spec).replaceAll(BAD, GOOD)) as object;
            await dryRun({ apiVersion, kind, metadata: metadata("good"), spec: good });
        });
    }

    it("refuses a mutable image in a PodTemplate", async () => {
        const object = {
            apiVersion: "v1",
            kind: "PodTemplate",
            metadata: metadata("bad"),
            template: template(BAD),
        };
        await assert.rejects(dryRun(object), refused);
    });

    it("lets what was there before be changed, as long as its image stays or becomes better", async () => {
        const patch = (spec: object) =>
            objects.patch({
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { ...metadata("old"), labels: { touched: "yes" } },
                spec,
            } as { kind: string });
        await patch({ replicas: 0 });
        await assert.rejects(
            patch({ template: { spec: { containers: [container("ghcr.io/acme/agent:stable")] } } }),
            { code: 422 },
        );
        await patch({ template: { spec: { containers: [container(GOOD)] } } });
        await assert.rejects(patch({ template: { spec: { containers: [container(BAD)] } } }), refused);
    });

    it("strands a Deployment that was there before: it may be scaled up and gets no pods, until it is on a digest", async () => {
        const header = { apiVersion: "apps/v1", kind: "Deployment", metadata: metadata("stranded") };
        const patch = (spec: object) => objects.patch({ ...header, spec } as { kind: string });
        const status = async () =>
            (
                (await objects.read(header)) as {
                    status?: {
                        availableReplicas?: number;
                        conditions?: { type: string; status: string; message: string }[];
                    };
                }
            ).status;
        await patch({ replicas: 1 });
        const failure = await until("its pods are refused", async () =>
            (await status())?.conditions?.find(
                ({ type, status: is }) => type === "ReplicaFailure" && is === "True",
            ),
        );
        assert.match(failure.message, /these are not: ghcr\.io\/acme\/agent:latest/);
        assert.equal((await status())?.availableReplicas ?? 0, 0);
        await patch({ template: { spec: { containers: [container(GOOD)] } } });
        await until("it runs", async () => ((await status())?.availableReplicas === 1 ? true : undefined));
    });

    it("admits exempt repositories, in their namespace, until they expire", async () => {
        await dryRun(pod("exempt", { containers: [container("busybox")] }));
        await dryRun(pod("exempt", { containers: [container("quay.io/acme/x:1")] }, legacy));
        await assert.rejects(dryRun(pod("exempt", { containers: [container("quay.io/acme/x:1")] })), {
            code: 422,
        });
        await assert.rejects(dryRun(pod("exempt", { containers: [container("gcr.io/acme/x:1")] })), {
            code: 422,
        });
    });

    it("leaves exempt namespaces alone", async () => {
        await dryRun(pod("bad", { containers: [container(BAD)] }, exempt));
    });

    it("stays within the API server's cost limits for a pod with many containers", async () => {
        const containers = Array.from({ length: 200 }, (_, index) => ({ name: `c${index}`, image: GOOD }));
        await dryRun(pod("many", { containers }));
        const last = [...containers, { name: "last", image: BAD }];
        await assert.rejects(dryRun(pod("many", { containers: last })), refused);
    });
});
