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
    quota: inside(
        "v1",
        "ResourceQuota",
        { spec: { hard: { "requests.cpu": "8", "limits.memory": "16Gi", pods: "10" } } },
        name,
    ),
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
        assert.equal(summaries(namespace("org-acme"), ...Object.values(guards("org-other"))).length, 7);
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
            2,
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
        assert.equal(summaries(namespace("org-acme"), limits, deny, empty, mounting).length, 4);
    });

    it("goes by another prefix where the config says so", () => {
        assert.equal(
            findingsOf(requireTenantGuards, [namespace("tenant-a")], { namespacePrefix: "tenant-" }).length,
            7,
        );
        assert.equal(
            findingsOf(requireTenantGuards, [namespace("org-a", {})], { namespacePrefix: "tenant-" }).length,
            0,
        );
    });

    const beside = (...more: object[]) =>
        summaries(namespace("org-acme"), ...Object.values(guards()), ...more);
    const without = (key: keyof ReturnType<typeof guards>, ...more: object[]) =>
        summaries(
            namespace("org-acme"),
            ...Object.entries(guards())
                .filter(([name]) => name !== key)
                .map(([, guard]) => guard),
            ...more,
        );
    const policy = (spec: object) => inside("networking.k8s.io/v1", "NetworkPolicy", { spec });
    const quota = (spec: object) => inside("v1", "ResourceQuota", { spec });

    it("wants cpu, memory and pods limited, in one quota or several, each for all pods", () => {
        assert.deepEqual(
            without("quota", quota({ hard: { pods: 5, cpu: 1 } }), quota({ hard: { memory: "1Gi" } })),
            [],
        );
        assert.deepEqual(without("quota", quota({ hard: { secrets: 5, pods: 1 } })), [
            "Namespace org-acme lacks a guard: a ResourceQuota for cpu",
            "Namespace org-acme lacks a guard: a ResourceQuota for memory",
        ]);
        const hard = { cpu: 1, memory: 1, pods: 1 };
        assert.equal(without("quota", quota({ hard, scopes: ["Terminating"] })).length, 3);
        const scopeSelector = { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists" }] };
        assert.equal(without("quota", quota({ hard, scopeSelector })).length, 3);
    });

    for (const [what, spec] of [
        ["from nobody in particular", { podSelector: {}, ingress: [{}] }],
        ["from every namespace", { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }],
        [
            "from every address",
            { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] },
        ],
        ["to everybody", { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [] }] }],
    ] as const) {
        it(`refuses a policy that allows all ${what} beside one that denies all`, () => {
            const found = beside(policy(spec));
            assert.equal(found.length, 1);
            assert.match(found[0] ?? "", /opens the namespace "org-acme": it allows all (ingress|egress)/);
        });
    }

    it("lets policies through that open something to somebody", () => {
        const found = beside(
            policy({ podSelector: { matchLabels: { app: "web" } }, ingress: [{}] }),
            policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }),
            policy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }),
            policy({
                podSelector: {},
                egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }] }],
            }),
            policy({
                podSelector: {},
                egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { a: "b" } } }] }],
            }),
        );
        assert.deepEqual(found, []);
    });

    const pod = (spec: object) => inside("v1", "Pod", { spec });

    it("refuses pods with a token mounted, by their own word, their account's or a volume", () => {
        const projected = (token: object) => [
            { name: "t", projected: { sources: [{ serviceAccountToken: token }] } },
        ];
        for (const spec of [
            { automountServiceAccountToken: true, serviceAccountName: "serviceaccount" },
            { serviceAccountName: "other" },
            {},
            { automountServiceAccountToken: false, volumes: projected({ path: "token" }) },
        ]) {
            assert.equal(beside(pod(spec)).length, 1, JSON.stringify(spec));
        }
        for (const spec of [
            { automountServiceAccountToken: false },
            { serviceAccountName: "serviceaccount" },
            { automountServiceAccountToken: false, volumes: projected({ path: "token", audience: "vault" }) },
        ]) {
            assert.deepEqual(beside(pod(spec)), [], JSON.stringify(spec));
        }
        const template = { spec: { template: { spec: {} } } };
        assert.equal(beside(inside("apps/v1", "Deployment", template)).length, 1);
    });

    it("refuses a Pod Security profile of an old version", () => {
        const found = (version: string) =>
            summaries(
                namespace("org-acme", {
                    ...RESTRICTED,
                    "pod-security.kubernetes.io/enforce-version": version,
                }),
                ...Object.values(guards()),
            ).length;
        assert.deepEqual(["latest", "v1.25", "v1.40"].map(found), [0, 0, 0]);
        assert.deepEqual(["v1.10", "v1.24", "1.30", "newest"].map(found), [1, 1, 1, 1]);
    });

    it("looks at each object as often among many of many namespaces as alone in one", () => {
        const looksAt = (namespaces: number, each: number) => {
            let looks = 0;
            const counted = (name: string) =>
                new Proxy(inside("v1", "ConfigMap", {}, name), {
                    get: (target, property, receiver) => {
                        looks++;
                        return Reflect.get(target, property, receiver) as unknown;
                    },
                });
            const names = Array.from({ length: namespaces }, (_, index) => `org-${index}`);
            const whole = names.flatMap((name) => [
                namespace(name),
                ...Object.values(guards(name)),
                ...Array.from({ length: each }, () => counted(name)),
            ]);
            assert.deepEqual(summaries(...whole), []);
            return looks / namespaces / each;
        };
        assert.equal(looksAt(40, 100), looksAt(1, 1));
    });
});
