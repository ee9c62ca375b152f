import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import { CustomerOrg, type CustomerOrgArgs } from "../../../components/customerOrg";
import { planOrg, stackLayers } from "../../../config/agent/agentLayers";
import { orgSpecSchema } from "../../../config/orgSpec";
import { stackConfigSchema } from "../../../config/stackConfig";
import { StackRollout } from "../../../proof/stackRollout";
import { sampleOrg } from "../../support/orgsDirectory";
import { type DeclaredResource, declareResources, inputsOf } from "../../support/declareResources";
import { DIGEST_A, pinned } from "../../support/sampleImages";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

async function declareOrg(parts: { org?: object; config?: object } = {}) {
    const config = stackConfigSchema.parse({
        referenceStack: "x/platform/dev",
        orgs: "orgs/dev",
        kubeContext: "dev",
        ...parts.config,
    });
    const org = orgSpecSchema.parse(sampleOrg("acme", { displayName: "Acme & Sons", ...parts.org }));
    const image = { image: pinned(`ghcr.io/a/b@${DIGEST_A}`), source: "pin", release: "v2" } as const;
    const agents = org.offboarding === undefined ? org.agents.map((agent) => ({ agent, image })) : [];
    const layers = stackLayers([{ file: "Pulumi.dev.yaml", prefix: "customer-orgs:", ...config }]);
    const args: CustomerOrgArgs = {
        org,
        agents,
        rollout: new StackRollout({ ...config, vetoes: new Map(), progressDeadlineSeconds: 60 }),
        defaults: config.defaults,
        network: config.network,
        externalSecrets: config.externalSecrets,
        plans: planOrg(layers, org, "orgs/dev/acme.yaml"),
    };
    const { resources, result } = await declareResources(() => {
        const provider = new kubernetes.Provider("cluster", {});
        return new CustomerOrg("acme", args, { providers: [provider] });
    });
    return { resources, component: await result };
}

function kubernetesObjects(resources: readonly DeclaredResource[]): readonly DeclaredResource[] {
    return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

const agentsIn = (resources: readonly DeclaredResource[]) =>
    resources.filter(({ type }) => type === DEPLOYMENT).length;

describe("CustomerOrg", () => {
    it("is a namespace, its guards and one Deployment for each agent, all through the given provider", async () => {
        const { resources } = await declareOrg({
            org: {
                agents: [
                    { name: "a", runtime: "x" },
                    { name: "b", runtime: "x" },
                ],
            },
        });
        const objects = kubernetesObjects(resources);
        assert.deepEqual(objects.map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`).sort(), [
            "Deployment acme.a",
            "Deployment acme.b",
            "LimitRange acme",
            "Namespace acme",
            "NetworkPolicy acme-allow",
            "NetworkPolicy acme-deny-all",
            "ResourceQuota acme",
            "ServiceAccount acme",
        ]);
        assert.deepEqual([...new Set(objects.map(({ provider }) => provider))], ["cluster"]);
    });

    it("puts everything into the namespace that it declares", async () => {
        const { resources } = await declareOrg();
        for (const { type, inputs } of kubernetesObjects(resources)) {
            const { name, namespace } = inputs["metadata"] as { name: string; namespace?: string };
            assert.equal(type === NAMESPACE ? name : namespace, "org-acme", type);
        }
    });

    it("labels the namespace with its owner and the restricted Pod Security profile", async () => {
        const { resources } = await declareOrg();
        assert.deepEqual(inputsOf(resources, NAMESPACE), {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: {
                name: "org-acme",
                labels: {
                    "app.kubernetes.io/name": "customer-org",
                    "app.kubernetes.io/instance": "acme",
                    "app.kubernetes.io/part-of": "customer-orgs",
                    "app.kubernetes.io/managed-by": "pulumi",
                    "customer-orgs/org": "acme",
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/enforce-version": "latest",
                    "pod-security.kubernetes.io/audit": "restricted",
                    "pod-security.kubernetes.io/audit-version": "latest",
                    "pod-security.kubernetes.io/warn": "restricted",
                    "pod-security.kubernetes.io/warn-version": "latest",
                },
                annotations: {
                    "customer-orgs/display-name": "Acme & Sons",
                    "pulumi.com/patchForce": "true",
                },
            },
        });
    });

    it("protects the namespace until the org is being offboarded, and has no agents from then on", async () => {
        // The mocks hear nothing of options, but the resource keeps this one.
        const protection = ({ component }: Awaited<ReturnType<typeof declareOrg>>) =>
            (component.namespace as unknown as { __protect?: boolean }).__protect;
        const staying = await declareOrg();
        const leaving = await declareOrg({
            org: { offboarding: { owner: "sales", reason: "Contract ended" } },
        });
        assert.deepEqual([protection(staying), protection(leaving)], [true, false]);
        assert.deepEqual(
            [staying, leaving].map(({ resources }) => agentsIn(resources)),
            [1, 0],
        );
        assert.deepEqual(inputsOf(leaving.resources, NAMESPACE), inputsOf(staying.resources, NAMESPACE));
    });

    it("declares where the Secrets come from that its agents need, with its slug in the store's keys, and no others", async () => {
        const EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret";
        const secretStoreRef = { name: "vault" };
        const { resources } = await declareOrg({
            org: {
                agents: [
                    { name: "a", runtime: "x", secretEnv: { K: { secret: "anthropic", key: "api-key" } } },
                ],
            },
            config: {
                externalSecrets: {
                    anthropic: {
                        secretStoreRef,
                        data: [{ secretKey: "api-key", remoteRef: { key: "orgs/{org}/anthropic" } }],
                    },
                    unused: { secretStoreRef, dataFrom: [{ extract: { key: "x" } }] },
                },
            },
        });
        const { metadata, spec } = inputsOf(resources, EXTERNAL) as {
            metadata: { name: string };
            spec: object;
        };
        assert.equal(metadata.name, "anthropic");
        assert.deepEqual(spec, {
            secretStoreRef: { name: "vault", kind: "ClusterSecretStore" },
            data: [{ secretKey: "api-key", remoteRef: { key: "orgs/acme/anthropic" } }],
            target: { name: "anthropic" },
        });
    });

    it("keeps the claims of an org that leaves, without their protection, until its namespace goes", async () => {
        const agents = [
            {
                name: "coder",
                runtime: "x",
                volumes: { state: { mountPath: "/s", claim: { size: "1Gi" } } },
            },
        ];
        const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
        const staying = await declareOrg({ org: { agents } });
        const leaving = await declareOrg({
            org: { agents, offboarding: { owner: "sales", reason: "Contract ended" } },
        });
        assert.deepEqual(inputsOf(leaving.resources, CLAIM), inputsOf(staying.resources, CLAIM));
        assert.equal(agentsIn(leaving.resources), 0);
    });

    it("gives its agents the stack's defaults, and the org's own values before them", async () => {
        const { resources } = await declareOrg({
            org: {
                agents: [
                    { name: "a", runtime: "claude-code" },
                    {
                        name: "b",
                        runtime: "platform-agent",
                        replicas: 0,
                        resources: { limits: { cpu: "3" } },
                    },
                ],
            },
            config: {
                defaults: {
                    replicas: 2,
                    resources: { limits: { cpu: "2", memory: "2Gi" } },
                    progressDeadlineSeconds: 60,
                },
            },
        });
        interface Spec {
            replicas: number;
            progressDeadlineSeconds: number;
            template: {
                spec: {
                    serviceAccountName: string;
                    initContainers?: { name: string }[];
                    containers: { resources: { limits: object } }[];
                };
            };
        }
        const [a, b] = ["acme.a", "acme.b"].map(
            (name) => inputsOf(resources, DEPLOYMENT, name)["spec"] as Spec,
        );
        assert.ok(a !== undefined && b !== undefined);
        assert.deepEqual([a.replicas, b.replicas], [2, 0]);
        assert.deepEqual([a.progressDeadlineSeconds, b.progressDeadlineSeconds], [60, 60]);
        assert.deepEqual(
            [a, b].map(({ template }) => template.spec.containers[0]?.resources.limits),
            [
                { cpu: "2", memory: "2Gi", "ephemeral-storage": "1Gi" },
                { cpu: "3", memory: "2Gi", "ephemeral-storage": "1Gi" },
            ],
        );
        assert.deepEqual(
            [a, b].map(({ template }) => (template.spec.initContainers ?? []).map(({ name }) => name)),
            [[], ["boot-gate"]],
        );
        assert.equal(a.template.spec.serviceAccountName, "agent");
    });

    it("gives the quota of the org before the stack's, and that before the default", async () => {
        const { resources } = await declareOrg({
            org: { quota: { pods: "60" } },
            config: { defaults: { quota: { pods: "20", secrets: "5" } } },
        });
        const { hard } = inputsOf(resources, "kubernetes:core/v1:ResourceQuota")["spec"] as {
            hard: Record<string, string>;
        };
        assert.deepEqual([hard["pods"], hard["secrets"], hard["services.loadbalancers"]], ["60", "5", "0"]);
    });
});
