import type { Resource } from "../test/support/policy/policyPackService";

/** A Deployment as the Agent component declares it. */
export function deployment(index: number): Resource {
    const labels = {
        "app.kubernetes.io/name": "agent",
        "app.kubernetes.io/managed-by": "pulumi",
        "customer-orgs/agent": `a${index}`,
    };
    const resources = { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } };
    const image = `ghcr.io/genbrain/claude-code:sha-19f3175@sha256:${"a".repeat(64)}`;
    const securityContext = {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        readOnlyRootFilesystem: true,
    };
    const container = { image, resources, securityContext };
    const env = [
        { name: "ORG", value: "acme" },
        { name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "token" } } },
    ];
    return {
        type: "kubernetes:apps/v1:Deployment",
        name: `a${index}`,
        props: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: {
                name: `a${index}`,
                namespace: `team-${index % 100}`,
                labels,
                annotations: { "customer-orgs/image-source": "pin", "customer-orgs/release": "v0.3.43" },
            },
            spec: {
                replicas: 1,
                progressDeadlineSeconds: 300,
                selector: { matchLabels: labels },
                strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                template: {
                    metadata: { labels },
                    spec: {
                        automountServiceAccountToken: false,
                        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                        initContainers: [
                            { ...container, name: "gate", command: ["sh", "-c", "test -e /opt"] },
                        ],
                        containers: [{ ...container, name: "agent", env }],
                    },
                },
            },
        },
    };
}

/** A plain Deployment as a manifest, about 650 bytes of YAML. */
export function manifest(index: number): string {
    return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: team-${index % 50}
  labels:
    app.kubernetes.io/name: app-${index}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: app-${index}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-${index}
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/app-${index}@sha256:${"a".repeat(64)}
          ports:
            - containerPort: 8080
          env:
            - name: PORT
              value: "8080"
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
`;
}
