import assert from "node:assert/strict";
import { IMAGE, declareAgent } from "../../support/declareAgent";

describe("the container of an Agent", () => {
    it("writes variables sorted by name, plain and secret together, whatever their order in the file", async () => {
        const env = { ZETA: "1", ALPHA: "" };
        const secretEnv = {
            MIDDLE: { secret: "s", key: "k" },
            BETA: { secret: "s", key: "k", optional: true },
        };
        const { deployment } = await declareAgent({ profile: { env, secretEnv } });
        assert.deepEqual(deployment.spec.template.spec.containers[0].env, [
            { name: "ALPHA", value: "" },
            { name: "BETA", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } },
            { name: "MIDDLE", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
            { name: "ZETA", value: "1" },
        ]);
    });

    it("has every variable behind those that it refers to, since Kubernetes resolves no others", async () => {
        const env = {
            A_URL: "http://$(HOST):$(PORT)",
            HOST: "$(ZONE).acme",
            LOOP: "$(TOOL)",
            TOOL: "$(LOOP)",
            PORT: "80",
        };
        const secretEnv = { ZONE: { secret: "zone", key: "name" } };
        const { deployment } = await declareAgent({
            profile: { env: { ...env, PLAIN: "$$(ZZ)" }, secretEnv },
        });
        assert.deepEqual(
            (deployment.spec.template.spec.containers[0].env as { name: string }[]).map(({ name }) => name),
            ["ZONE", "HOST", "PORT", "A_URL", "TOOL", "LOOP", "PLAIN"],
        );
    });

    it("has the probes that the config gives, and no others", async () => {
        const httpGet = { path: "/readyz", port: 8080, scheme: undefined };
        const { deployment } = await declareAgent({
            profile: {
                probes: {
                    readiness: { httpGet, periodSeconds: 5, timeoutSeconds: undefined },
                    liveness: undefined,
                },
            },
        });
        const [container] = deployment.spec.template.spec.containers;
        assert.deepEqual(container["readinessProbe"], {
            httpGet: { path: "/readyz", port: 8080 },
            periodSeconds: 5,
        });
        assert.deepEqual(
            Object.keys(container).filter((key) => key.endsWith("Probe")),
            ["readinessProbe"],
        );
        const all = await declareAgent({
            profile: {
                probes: {
                    startup: { exec: { command: ["a"] } },
                    readiness: { tcpSocket: { port: 1 } },
                    liveness: { tcpSocket: { port: 2 } },
                },
            },
        });
        const [{ startupProbe, readinessProbe, livenessProbe }] =
            all.deployment.spec.template.spec.containers;
        assert.deepEqual(
            [startupProbe, readinessProbe, livenessProbe],
            [{ exec: { command: ["a"] } }, { tcpSocket: { port: 1 } }, { tcpSocket: { port: 2 } }],
        );
    });

    it("keeps the defaults of the requests and limits that its config leaves out", async () => {
        const { deployment } = await declareAgent({
            profile: { replicas: 0, resources: { requests: { cpu: "500m" }, limits: { memory: "4Gi" } } },
        });
        assert.equal(deployment.spec.replicas, 0);
        assert.deepEqual(deployment.spec.template.spec.containers[0]["resources"], {
            requests: { cpu: "500m", "ephemeral-storage": "256Mi", memory: "256Mi" },
            limits: { cpu: "1", memory: "4Gi", "ephemeral-storage": "1Gi" },
        });
    });
});

describe("the boot gate of an Agent", () => {
    it("is there only where its runtime requires paths", async () => {
        const { deployment } = await declareAgent({ profile: { bootGate: [] } });
        assert.equal(deployment.spec.template.spec.initContainers, undefined);
    });

    it("runs the agent's own image before it, with the paths as arguments and never in the script", async () => {
        const paths = ["/opt/molecule-mcp-server", "/opt/$(touch x)"];
        const { deployment } = await declareAgent({ profile: { bootGate: paths } });
        const [gate, ...more] = deployment.spec.template.spec.initContainers ?? [];
        assert.deepEqual(more, []);
        const { command, ...rest } = gate as { command: string[] };
        assert.deepEqual(rest, {
            name: "boot-gate",
            image: IMAGE,
            imagePullPolicy: "IfNotPresent",
            resources: {
                requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "16Mi" },
                limits: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
            },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        });
        assert.deepEqual(
            [command.slice(0, 2), command.slice(3)],
            [
                ["/bin/sh", "-c"],
                ["boot-gate", ...paths],
            ],
        );
        assert.doesNotMatch(command[2] ?? "", /molecule|touch/);
    });
});
