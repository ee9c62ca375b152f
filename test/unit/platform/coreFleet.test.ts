import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { planCoreFleet } from "../../../config/agent/agentLayers";
import { gateSchema } from "../../../config/gate";
import { promiseOf } from "../../../components/promiseOf";
import { CoreFleet, type CoreFleetArgs } from "../../../platform/coreFleet";
import { platformConfigSchema } from "../../../platform/platformConfig";
import { StackRollout } from "../../../proof/stackRollout";
import { declareResources, inputsOf } from "../../support/declareResources";
import { DIGEST_A, DIGEST_B, PINS, pinned } from "../../support/sampleImages";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount";

async function declareFleet(coreFleet: object, more: Pick<CoreFleetArgs, "keep"> = {}) {
    const config = platformConfigSchema.parse({
        kubeContext: "dev",
        runtimes: {
            "claude-code": { image: `ghcr.io/a/b@${DIGEST_A}` },
            "platform-agent": { image: `ghcr.io/a/b@${DIGEST_B}` },
        },
        coreFleet,
    });
    const images = new Map([...PINS].map(([runtime, image]) => [runtime, pulumi.output(image)]));
    const { resources, result } = await declareResources(async () => {
        const rollout = new StackRollout({ ...config, vetoes: new Map(), ...config.coreFleet });
        const plans = planCoreFleet(config.coreFleet, "platform/Pulumi.dev.yaml");
        const args = { fleet: config.coreFleet, images, plans, rollout, ...more };
        new CoreFleet("core-fleet", args);
        // Known when every agent has been declared.
        return promiseOf(rollout.prove(Object.fromEntries(PINS), new Map()));
    });
    await result;
    return { resources };
}

describe("CoreFleet", () => {
    it("owns the whole Deployment of an agent by default, on its runtime's pin", async () => {
        const { resources } = await declareFleet({
            agents: [
                { name: "ceo", runtime: "platform-agent", replicas: 2, env: { LOG_LEVEL: "info" } },
                { name: "cto", runtime: "claude-code", resources: { limits: { cpu: "3" } } },
            ],
            progressDeadlineSeconds: 60,
        });
        const ceo = inputsOf(resources, DEPLOYMENT, "core-ceo") as {
            metadata: { name: string; namespace: string; annotations: object };
            spec: {
                replicas: number;
                progressDeadlineSeconds: number;
                template: {
                    spec: { initContainers: { command: string[] }[]; containers: Record<string, unknown>[] };
                };
            };
        };
        assert.deepEqual(
            [ceo.metadata.name, ceo.metadata.namespace, ceo.spec.replicas, ceo.spec.progressDeadlineSeconds],
            ["agent-ceo", "agents", 2, 60],
        );
        assert.deepEqual(ceo.metadata.annotations, {
            "customer-orgs/image-source": "pin",
            "customer-orgs/release": "v2",
            "pulumi.com/patchForce": "true",
            "pulumi.com/skipAwait": "true",
        });
        const [container] = ceo.spec.template.spec.containers;
        assert.deepEqual(
            [container?.["name"], container?.["image"], container?.["env"]],
            ["agent", `ghcr.io/genbrain/platform-agent@${DIGEST_B}`, [{ name: "LOG_LEVEL", value: "info" }]],
        );
        assert.equal(ceo.spec.template.spec.initContainers[0]?.command.at(-1), "/opt/molecule-mcp-server");
    });

    it("declares the image that an agent keeps, with its release, where its pin may not be rolled now", async () => {
        const { resources } = await declareFleet(
            { agents: [{ name: "ceo", runtime: "platform-agent" }] },
            {
                keep: (agent, pin) => ({
                    ...pin,
                    image: pinned(`ghcr.io/a/${agent}@${DIGEST_A}`),
                    release: "v1",
                }),
            },
        );
        const { metadata, spec } = inputsOf(resources, DEPLOYMENT, "core-ceo") as {
            metadata: { annotations: Record<string, string> };
            spec: { template: { spec: { containers: { image: string }[] } } };
        };
        assert.equal(spec.template.spec.containers[0]?.image, `ghcr.io/a/ceo@${DIGEST_A}`);
        assert.equal(metadata.annotations["customer-orgs/release"], "v1");
    });

    it("creates its namespace under the restricted profile, and a ServiceAccount without a token", async () => {
        const { resources } = await declareFleet({
            namespace: "core",
            agents: [{ name: "ceo", runtime: "claude-code" }],
        });
        const labels = {
            "app.kubernetes.io/name": "core-fleet",
            "app.kubernetes.io/instance": "core",
            "app.kubernetes.io/part-of": "customer-orgs",
            "app.kubernetes.io/managed-by": "pulumi",
        };
        const { name, labels: found } = inputsOf(resources, NAMESPACE)["metadata"] as {
            name: string;
            labels: Record<string, string>;
        };
        assert.equal(name, "core");
        assert.equal(found["pod-security.kubernetes.io/enforce"], "restricted");
        assert.deepEqual(inputsOf(resources, SERVICE_ACCOUNT), {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: "agent", namespace: "core", labels },
            automountServiceAccountToken: false,
        });
    });

    it('owns the image and nothing else of an agent with "manage: image", as kubectl set image did', async () => {
        const { resources } = await declareFleet({
            agents: [{ name: "ceo", runtime: "claude-code", manage: "image" }],
        });
        assert.deepEqual(
            resources.map(({ type, name }) => `${type} ${name}`),
            ["platform:index:CoreFleet core-fleet", `${PATCH} core-ceo`],
        );
        assert.deepEqual(inputsOf(resources, PATCH), {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: {
                name: "agent-ceo",
                namespace: "agents",
                annotations: { "pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true" },
            },
            spec: {
                template: {
                    spec: {
                        containers: [
                            { name: "agent", image: `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}` },
                        ],
                    },
                },
            },
        });
    });

    it("manages some whole and some by their image, side by side", async () => {
        const { resources } = await declareFleet({
            createNamespace: false,
            agents: [
                { name: "ceo", runtime: "claude-code", manage: "image" },
                { name: "cto", runtime: "claude-code" },
            ],
        });
        assert.deepEqual(
            resources
                .filter(({ type }) => type.startsWith("kubernetes:"))
                .map(({ type, name }) => `${type} ${name}`)
                .sort(),
            [`${DEPLOYMENT} core-cto`, `${PATCH} core-ceo`, `${SERVICE_ACCOUNT} core-fleet`],
        );
    });

    it("declares nothing when it has no agents", async () => {
        const { resources } = await declareFleet({});
        assert.deepEqual(
            resources.map(({ type }) => type),
            ["platform:index:CoreFleet"],
        );
    });

    it("fails on a runtime without a pin, should the config's schema ever let one through", async () => {
        const { result } = await declareResources(
            () =>
                new CoreFleet("core-fleet", {
                    fleet: platformConfigSchema.shape.coreFleet.parse({
                        agents: [{ name: "x", runtime: "y" }],
                    }),
                    images: new Map(),
                    plans: new Map(),
                    rollout: new StackRollout({
                        gate: gateSchema.parse(undefined),
                        vetoes: new Map(),
                        progressDeadlineSeconds: 60,
                    }),
                }),
        );
        await assert.rejects(result, { message: 'The runtime "y" of the core agent "x" has no pin.' });
    });
});
