import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { parse } from "yaml";
import { renderStack } from "../../../engine/renderStack";
import { COMPANION_LISTS } from "../../../fleet/adopt/companions";
import { WORKLOAD_LISTS } from "../../../fleet/adopt/otherWorkloads";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { listAll } from "../../../kube/listAll";
import { readCluster } from "../../../kube/readCluster";
import { readLacks } from "../../../kube/readLacks";
import { listWorkloads } from "../../../kube/workloads";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { image } from "../../support/liveObjects";
import { useCluster } from "../../support/sharedCluster";
import { useNamespace } from "../../support/useNamespace";

const USER = `deployer-${process.pid}`;

interface Role {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly rules: readonly Record<"apiGroups" | "resources" | "verbs", readonly string[]>[];
}

/** As it is committed, under a name of this suite's own. */
function readRole(): Role {
    const text = fs.readFileSync(path.join(PACKAGE_ROOT, "docs", "deployer-role.yaml"), "utf8");
    return { ...(parse(text) as Role), metadata: { name: USER } };
}

/** A checkout whose stacks declare an object of every kind that there is. */
function writeCheckout(): OrgsDirectory {
    const files = new OrgsDirectory();
    files.write("Pulumi.yaml", "name: customer-orgs\nruntime: nodejs\n");
    files.write("Pulumi.test.yaml", {
        config: {
            "customer-orgs:referenceStack": "organization/platform/test",
            "customer-orgs:orgs": "orgs",
            "customer-orgs:kubeContext": "test",
            "customer-orgs:externalSecrets": {
                anthropic: {
                    secretStoreRef: { name: "vault" },
                    data: [{ secretKey: "api-key", remoteRef: { key: "orgs/{org}" } }],
                },
            },
        },
    });
    files.write("orgs/acme.yaml", {
        ...{ slug: "acme", displayName: "Acme" },
        agents: [
            {
                ...{ name: "coder", runtime: "claude-code", replicas: 2 },
                secretEnv: { KEY: { secret: "anthropic", key: "api-key" } },
                serviceAccountAnnotations: { "cloud.example/role": "coder" },
                volumes: {
                    state: { mountPath: "/state", claim: { size: "1Gi", accessMode: "ReadWriteMany" } },
                },
            },
        ],
    });
    files.write("platform/Pulumi.yaml", "name: platform\nruntime: nodejs\n");
    files.write("platform/Pulumi.test.yaml", {
        config: {
            "platform:kubeContext": "test",
            "platform:runtimes": {
                "claude-code": { image: image("2"), release: "v2", promotedAt: "2026-06-21T10:19:30Z" },
            },
            "platform:coreFleet": { agents: [{ name: "cto", runtime: "claude-code" }] },
            "platform:admissionPolicy": {},
            "platform:tenancy": { users: ["deployer"] },
        },
    });
    return files;
}

describe("the role of docs/deployer-role.yaml, on a real API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "org-roled");
    let client: KubeClient;
    let files: OrgsDirectory | undefined;

    const objects = () => KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
    const binding = () => ({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: USER },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: USER },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: USER }],
    });
    const may = async (verb: string, group: string, resource: string): Promise<boolean> => {
        const answer = (await client.request({
            method: "POST",
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            body: { spec: { resourceAttributes: { verb, group, resource, namespace } } },
        })) as { status: { allowed: boolean } };
        return answer.status.allowed;
    };

    before(async () => {
        await objects().create(readRole());
        await objects().create(binding());
        const { kubeConfig } = cluster();
        const user = { ...kubeConfig.getCurrentUser(), name: "deployer", impersonateUser: USER };
        const config = new KubeConfig();
        config.loadFromOptions({
            clusters: kubeConfig.getClusters(),
            users: [user],
            contexts: [{ name: "c", cluster: kubeConfig.getCurrentCluster()?.name, user: user.name }],
            currentContext: "c",
        });
        client = createKubeClient(config);
        files = writeCheckout();
    });
    after(async () => {
        files?.remove();
        if ((client as KubeClient | undefined) !== undefined) {
            client.close();
            await objects().delete(binding());
            await objects().delete(readRole());
        }
    });

    it("lets create, change, watch and delete every kind that the programs declare, and has no wildcard", async () => {
        const root = files?.root ?? "";
        const rendered = await renderStack({ stack: "test", root, now: new Date() });
        const kinds = new Map(
            [...rendered.platform, ...rendered.customerOrgs].map(({ apiVersion, kind }) => [
                kind,
                apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "",
            ]),
        );
        assert.ok(kinds.size >= 11, [...kinds.keys()].join());
        const refused: string[] = [];
        for (const [kind, group] of kinds) {
            const plural = kind.toLowerCase().replace(/y$/, "ie").concat("s");
            for (const verb of ["get", "list", "watch", "create", "patch", "update", "delete"]) {
                if (!(await may(verb, group, plural))) {
                    refused.push(`${verb} ${group}/${plural}`);
                }
            }
        }
        assert.deepEqual(refused, []);
        for (const { apiGroups, resources, verbs } of readRole().rules) {
            assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"));
        }
    });

    it("lets read all that stale, sync, adopt and an update look at", async () => {
        await readCluster(client, { pods: true });
        const { problems } = await listWorkloads(client, {});
        assert.deepEqual(problems, []);
        const wanted = new Map([
            [
                namespace,
                [
                    { kind: "Secret", name: "a" },
                    { kind: "ConfigMap", name: "b" },
                ] as const,
            ],
        ]);
        assert.equal((await readLacks(client, wanted)).get(namespace)?.missing.length, 2);
        assert.ok(await may("list", "", "events"));
        for (const list of Object.values({ ...WORKLOAD_LISTS, ...COMPANION_LISTS })) {
            await listAll(client, { path: list.replace("NAMESPACE", namespace) }, () => undefined);
        }
    });

    it("lets nobody read a Secret by its name, make roles, or hand out tokens", async () => {
        for (const [verb, group, resource] of [
            ["get", "", "secrets"],
            ["create", "", "secrets"],
            ["create", "", "pods"],
            ["create", "", "serviceaccounts/token"],
            ["create", "rbac.authorization.k8s.io", "rolebindings"],
            ["impersonate", "", "users"],
        ] as const) {
            assert.equal(await may(verb, group, resource), false, `${verb} ${resource}`);
        }
    });
});
