import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { requireTenantGuards } from "../../../../policy/rules/requireTenantGuards";
import { findingsOf } from "../../../support/policy/findingsOf";

const RESTRICTED = Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

const namespace = (name: string, labels: object = RESTRICTED) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels },
});

const inside = (apiVersion: string, kind: string, fields: object, name = "org-acme") => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace: name },
    ...fields,
});

const DENY = { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } };

const guards = (name = "org-acme") => ({
    quota: inside("v1", "ResourceQuota", { spec: { hard: { pods: "10" } } }, name),
    limits: inside(
        "v1",
        "LimitRange",
        { spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } },
        name,
    ),
    deny: inside("networking.k8s.io/v1", "NetworkPolicy", DENY, name),
    account: inside("v1", "ServiceAccount", { automountServiceAccountToken: false }, name),
});

const summaries = (...manifests: object[]) =>
    findingsOf(requireTenantGuards, manifests).map(({ summary }) => summary);

describe("require-tenant-guards", () => {
    it("accepts a namespace with every guard, and others without any", () => {
        assert.deepEqual(
            summaries(namespace("org-acme"), ...Object.values(guards()), namespace("agents", {})),
            [],
        );
    });

    for (const [key, what] of [
        ["quota", "a ResourceQuota"],
        ["limits", "a LimitRange"],
        ["account", "a ServiceAccount without token automount"],
    ] as const) {
        it(`names ${what} when it is missing`, () => {
            const rest = Object.entries(guards())
                .filter(([name]) => name !== key)
                .map(([, guard]) => guard);
            assert.deepEqual(summaries(namespace("org-acme"), ...rest), [
                `Namespace org-acme lacks a guard: ${what}`,
            ]);
        });
    }

    it("does not take a guard of another namespace", () => {
        assert.equal(summaries(namespace("org-acme"), ...Object.values(guards("org-other"))).length, 5);
    });

    it("wants ingress and egress denied, in one policy or in two", () => {
        const { quota, limits, account } = guards();
        const policy = (spec: object) => inside("networking.k8s.io/v1", "NetworkPolicy", { spec });
        const others = [namespace("org-acme"), quota, limits, account];
        const ingress = policy({ podSelector: {}, policyTypes: ["Ingress"], ingress: [] });
        const egress = policy({ podSelector: {}, policyTypes: ["Egress"] });
        assert.deepEqual(summaries(...others, ingress, egress), []);
        assert.equal(summaries(...others, ingress).length, 1);
        assert.equal(
            summaries(...others, ingress, policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{}] }))
                .length,
            1,
        );
        assert.equal(
            summaries(
                ...others,
                ingress,
                policy({ podSelector: { matchLabels: { a: "b" } }, policyTypes: ["Egress"] }),
            ).length,
            1,
        );
        assert.equal(summaries(...others).length, 2);
    });

    it("wants all three Pod Security labels to be restricted", () => {
        const labels = {
            ...RESTRICTED,
            "pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/warn": undefined,
        };
        const found = findingsOf(requireTenantGuards, [
            namespace("org-acme", labels),
            ...Object.values(guards()),
        ]);
        assert.deepEqual(
            found.map(({ path }) => path),
            [
                'metadata.labels["pod-security.kubernetes.io/enforce"]',
                'metadata.labels["pod-security.kubernetes.io/warn"]',
            ],
        );
        assert.match(found[0]?.summary ?? "", /enforce is "baseline"/);
    });

    it("does not count a quota without limits, nor an account that mounts its token", () => {
        const { limits, deny } = guards();
        const empty = inside("v1", "ResourceQuota", { spec: { hard: {} } });
        const mounting = inside("v1", "ServiceAccount", { automountServiceAccountToken: true });
        assert.equal(summaries(namespace("org-acme"), limits, deny, empty, mounting).length, 2);
    });

    it("goes by another prefix where the config says so", () => {
        assert.equal(
            findingsOf(requireTenantGuards, [namespace("tenant-a")], { namespacePrefix: "tenant-" }).length,
            5,
        );
        assert.equal(
            findingsOf(requireTenantGuards, [namespace("org-a", {})], { namespacePrefix: "tenant-" }).length,
            0,
        );
    });
});
