import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Agent } from "../../../components/agent";
import { declareResources, inputsOf } from "../../support/declareResources";
import { pinned } from "../../support/sampleImages";
import { DEPLOYMENT, type DeploymentInputs, IMAGE, declareAgent, planOf } from "../../support/declareAgent";

describe("Agent", () => {
    it("is one Deployment, complete to the last field", async () => {
        const { resources, deployment } = await declareAgent();
        const labels = {
            "app.kubernetes.io/name": "agent",
            "app.kubernetes.io/instance": "coder",
            "app.kubernetes.io/part-of": "customer-orgs",
            "app.kubernetes.io/managed-by": "pulumi",
            "customer-orgs/agent": "coder",
            "customer-orgs/org": "acme",
            "customer-orgs/runtime": "claude-code",
        };
        assert.deepEqual(deployment, {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: {
                name: "agent-coder",
                namespace: "org-acme",
                labels,
                annotations: {
                    "customer-orgs/image-source": "pin",
                    "customer-orgs/release": "v2",
                    "pulumi.com/patchForce": "true",
                    "pulumi.com/skipAwait": "true",
                },
            },
            spec: {
                replicas: 1,
                selector: { matchLabels: { "customer-orgs/agent": "coder", "customer-orgs/org": "acme" } },
                strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                minReadySeconds: 10,
                progressDeadlineSeconds: 300,
                revisionHistoryLimit: 5,
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: "agent",
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                        containers: [
                            {
                                name: "agent",
                                image: IMAGE,
                                imagePullPolicy: "IfNotPresent",
                                env: [],
                                resources: {
                                    requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "256Mi" },
                                    limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
                                },
                                securityContext: {
                                    allowPrivilegeEscalation: false,
                                    capabilities: { drop: ["ALL"] },
                                },
                            },
                        ],
                    },
                },
            },
        });
        assert.deepEqual(
            resources.map(({ type, name }) => `${type} ${name}`),
            ["customer-orgs:index:Agent acme-coder", `${DEPLOYMENT} acme-coder`],
        );
    });

    it("selects by names that no release changes, so that a Deployment is never replaced", async () => {
        const before = await declareAgent();
        const after = await declareAgent({
            release: "v3",
            runtime: "platform-agent",
            source: "org-override",
        });
        assert.deepEqual(after.deployment.spec.selector, before.deployment.spec.selector);
    });

    it("has no org label where it is the platform's own", async () => {
        const { resources, result } = await declareResources(
            () =>
                new Agent("core-ceo", {
                    name: "ceo",
                    namespace: "agents",
                    runtime: "platform-agent",
                    image: pulumi.output(pinned(IMAGE)),
                    source: "pin",
                    release: pulumi.output("v2"),
                    serviceAccountName: "agent",
                    plan: planOf(),
                }),
        );
        await result;
        const { metadata, spec } = inputsOf(resources, DEPLOYMENT) as unknown as DeploymentInputs;
        assert.deepEqual(spec.selector.matchLabels, { "customer-orgs/agent": "ceo" });
        assert.equal(metadata.labels["customer-orgs/org"], undefined);
        assert.equal(spec.template.spec.containers[0]["image"], IMAGE);
        assert.equal(metadata.annotations["customer-orgs/release"], "v2");
    });

    it("says on the Deployment who holds it, why and until when, and never on its pods, which would roll", async () => {
        const { deployment } = await declareAgent({
            source: "org-override",
            release: undefined,
            override: {
                image: pinned(IMAGE),
                owner: "support",
                reason: "Ticket 4711",
                expires: "2026-12-31",
            },
            resolvedFrom: "ghcr.io/genbrain/claude-code:sha-19f3175",
        });
        assert.deepEqual(deployment.metadata.annotations, {
            "pulumi.com/patchForce": "true",
            "pulumi.com/skipAwait": "true",
            "customer-orgs/image-source": "org-override",
            "customer-orgs/override-owner": "support",
            "customer-orgs/override-reason": "Ticket 4711",
            "customer-orgs/override-expires": "2026-12-31",
        });
        assert.equal(deployment.spec.template.metadata.annotations, undefined);
    });

    it("marks a last resort with the mutable reference that it was resolved from, and runs the digest", async () => {
        const { deployment } = await declareAgent({
            source: "last-resort",
            release: undefined,
            resolvedFrom: "ghcr.io/genbrain/claude-code:latest",
        });
        assert.deepEqual(deployment.metadata.annotations, {
            "pulumi.com/patchForce": "true",
            "pulumi.com/skipAwait": "true",
            "customer-orgs/image-source": "last-resort",
            "customer-orgs/last-resort-of": "ghcr.io/genbrain/claude-code:latest",
        });
        assert.equal(deployment.spec.template.spec.containers[0]["image"], IMAGE);
    });

    it("has a ServiceAccount of its own where it is somebody of its own to the cloud, and the org's where not", async () => {
        const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
        const { resources, deployment } = await declareAgent({
            profile: { serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn:b" } },
            serviceAccount: {
                imagePullSecrets: ["registry"],
                serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn:a", note: "org" },
            },
        });
        const { metadata, ...account } = inputsOf(resources, ACCOUNT) as {
            metadata: { name: string; annotations: object };
        };
        assert.deepEqual(
            [metadata.name, metadata.annotations],
            ["agent-coder", { "eks.amazonaws.com/role-arn": "arn:b", note: "org" }],
        );
        assert.deepEqual(account, {
            apiVersion: "v1",
            kind: "ServiceAccount",
            automountServiceAccountToken: false,
            imagePullSecrets: [{ name: "registry" }],
        });
        const pod = deployment.spec.template.spec as { serviceAccountName?: string };
        assert.equal(pod.serviceAccountName, "agent-coder");
        const plain = await declareAgent();
        assert.equal(
            plain.resources.some(({ type }) => type === ACCOUNT),
            false,
        );
    });

    it("keeps an adopted Deployment's selector, which its pods carry beside the labels of every agent", async () => {
        const { deployment } = await declareAgent({ adoptedSelector: { app: "agent-coder" } });
        assert.deepEqual(deployment.spec.selector.matchLabels, { app: "agent-coder" });
        assert.deepEqual(deployment.spec.template.metadata.labels, {
            ...deployment.metadata.labels,
            app: "agent-coder",
        });
        assert.equal(deployment.metadata.labels["app"], undefined);
    });
});
