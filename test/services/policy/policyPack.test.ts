import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EnforcementLevel } from "@pulumi/pulumi/proto/analyzer_pb";
import { describe, it } from "mocha";
import { allRules } from "../../../policy/allRules";
import { readPackConfig } from "../../../policy/check/readPackConfig";
import {
    type Diagnostic,
    PACK,
    PolicyPackService,
    type PolicySettings,
    type Resource,
    urnOf,
} from "../../support/policy/policyPackService";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { usePolicyPack } from "../../support/policy/usePolicyPack";

const DOCS = path.join(PACKAGE_ROOT, "docs/policy");

const kebab = (camel: string) => camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const readConfig = (environment: string) =>
    JSON.parse(fs.readFileSync(path.join(PACK, "config", `${environment}.json`), "utf8")) as PolicySettings;

describe("the policy pack", () => {
    const service = usePolicyPack();

    it("has every policy file in it, under the file's name, with a written level", async () => {
        const files = fs
            .readdirSync(path.join(PACK, "rules"))
            .map((file) => kebab(path.basename(file, ".ts")));
        const policies = (await service().info()).getPoliciesList();
        assert.deepEqual(policies.map((policy) => policy.getName()).sort(), files.sort());
        for (const rule of allRules) {
            const policy = policies.find((info) => info.getName() === rule.name);
            assert.equal(
                policy?.getEnforcementlevel(),
                rule.level === "mandatory" ? EnforcementLevel.MANDATORY : EnforcementLevel.ADVISORY,
            );
            assert.equal(policy.getDescription(), rule.description);
        }
    });

    it("has a page for every policy that says its level in each config", () => {
        const staging = readPackConfig(path.join(PACK, "config/staging.json"));
        const prod = readPackConfig(path.join(PACK, "config/prod.json"));
        const overview = fs.readFileSync(path.join(DOCS, "README.md"), "utf8");
        for (const [index, { name, level, severity }] of allRules.entries()) {
            const file = path.join(DOCS, `${name}.md`);
            assert.ok(fs.existsSync(file), `docs/policy/${name}.md is missing`);
            const levels = `| ${level} | ${staging[index]?.level ?? ""} | ${prod[index]?.level ?? ""} | ${severity} |`;
            const page = fs.readFileSync(file, "utf8").replaceAll(/ +/g, " ");
            assert.ok(page.includes(levels), `docs/policy/${name}.md does not say ${levels}`);
            assert.ok(
                overview.replaceAll(/ +/g, " ").includes(`| [${name}](${name}.md) ${levels}`),
                `docs/policy/README.md does not say ${levels} of ${name}`,
            );
        }
    });

    it("declares the keys of every policy's config", async () => {
        const policies = (await service().info()).getPoliciesList();
        const keys = Object.fromEntries(
            policies.map((policy) => [
                policy.getName(),
                Object.keys(policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}).sort(),
            ]),
        );
        assert.deepEqual(keys, {
            "require-immutable-images": ["exemptions", "shaPrefixes", "versionSha"],
            "require-platform-image": ["runtimeImages"],
            "no-expired-override": [],
            "no-mutable-last-resort": ["environment"],
            "allowed-repositories": ["repositories"],
            "require-tenant-guards": ["namespacePrefix"],
        });
    });

    it("starts in the repository's root too, and in a folder with other compiler options", async () => {
        const other = await PolicyPackService.start(PACK, PACKAGE_ROOT);
        try {
            assert.equal((await other.info()).getName(), "image-policy");
        } finally {
            other.stop();
        }
    });

    it("tells of a Helm release what it cannot see, and what to use instead", async () => {
        const release = {
            type: "kubernetes:helm.sh/v3:Release",
            name: "web",
            props: { chart: "nginx", values: {} },
        };
        const [diagnostic, ...rest] = await service().analyze(release);
        assert.deepEqual(rest, []);
        assert.equal(diagnostic?.level, "advisory");
        assert.match(diagnostic.message, /helm\.v4\.Chart/);
    });

    const agent = (annotations: object, namespace = "org-acme"): Resource => ({
        type: "kubernetes:apps/v1:Deployment",
        name: "main",
        props: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "agent-main", namespace, annotations },
            spec: {
                template: {
                    spec: { containers: [{ name: "agent", image: `evil.com/x@sha256:${"a".repeat(64)}` }] },
                },
            },
        },
    });
    const said = (diagnostics: readonly Diagnostic[]) =>
        diagnostics.map(({ policy, level }) => `${level} ${policy}`).sort();

    for (const [environment, expected] of [
        [
            "staging",
            [
                "advisory allowed-repositories",
                // An override that expired stops nobody else, whatever the config says: the check in CI refuses it.
                "advisory no-expired-override",
                "mandatory no-mutable-last-resort",
            ],
        ],
        [
            "prod",
            [
                "advisory no-expired-override",
                "mandatory allowed-repositories",
                "mandatory no-mutable-last-resort",
            ],
        ],
    ] as const) {
        it(`enforces in ${environment} what its config says`, async () => {
            await service().configure(readConfig(environment));
            const annotations = {
                "customer-orgs/image-source": "last-resort",
                "customer-orgs/override-expires": "2020-01-01",
                "customer-orgs/override-owner": "a",
                "customer-orgs/override-reason": "b",
            };
            assert.deepEqual(said(await service().analyze(agent(annotations))), expected);
        });
    }

    it("compares agents with the pins in prod, and only warns in staging", async () => {
        const runtimeImages = {
            schemaVersion: 1,
            runtimes: { a: { image: `ghcr.io/genbrain/a@sha256:${"b".repeat(64)}`, release: "v1" } },
        };
        for (const [environment, level] of [
            ["prod", "mandatory"],
            ["staging", "advisory"],
        ] as const) {
            const config = readConfig(environment);
            await service().configure({
                ...config,
                "require-platform-image": { ...config["require-platform-image"], runtimeImages },
            });
            assert.ok(said(await service().analyze(agent({}))).includes(`${level} require-platform-image`));
        }
    });

    it("reports missing guards of a tenant's namespace at the namespace", async () => {
        const namespace = {
            type: "kubernetes:core/v1:Namespace",
            name: "acme",
            props: { apiVersion: "v1", kind: "Namespace", metadata: { name: "org-acme" } },
        };
        const diagnostics = await service().analyzeStack([namespace]);
        assert.equal(diagnostics.length, 10);
        for (const { policy, level, urn } of diagnostics) {
            assert.deepEqual(
                [policy, level, urn],
                ["require-tenant-guards", "mandatory", urnOf(namespace.type, "acme")],
            );
        }
    });

    it("does not report a guard as missing whose namespace a preview does not know", async () => {
        const labels = Object.fromEntries(
            ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
        );
        const namespace = {
            type: "kubernetes:core/v1:Namespace",
            name: "acme",
            props: { metadata: { name: "org-acme", labels } },
        };
        const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
        const quota = {
            type: "kubernetes:core/v1:ResourceQuota",
            name: "q",
            props: { metadata: { name: "q", namespace: unknown }, spec: { hard: { pods: "1" } } },
        };
        const types = { podSelector: {}, policyTypes: ["Ingress", unknown] };
        const policy = {
            type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            name: "n",
            props: { metadata: { name: "n", namespace: "org-acme" }, spec: types },
        };
        const diagnostics = await service().analyzeStack([namespace, quota, policy]);
        assert.deepEqual(
            diagnostics.map(
                ({ level, message }) =>
                    `${level} ${/Namespace org-acme(?:: whether it has| lacks a guard:) (.*?)(?: is unknown.*)?$/m.exec(message)?.[1] ?? ""}`,
            ),
            [
                "mandatory a ResourceQuota for cpu",
                "mandatory a ResourceQuota for memory",
                "advisory a ResourceQuota for pods",
                "mandatory a LimitRange",
                "advisory a NetworkPolicy that denies all egress by default",
                "mandatory a ServiceAccount without token automount",
            ],
        );
    });

    it("names the config key that is wrong of a stack policy too", async () => {
        await service().configure({ "require-tenant-guards": { namespacePrefix: 7 } });
        await assert.rejects(service().analyzeStack([]), /"require-tenant-guards"[^]*namespacePrefix: is 7/);
    });
});
