import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ApiextensionsV1Api } from "@kubernetes/client-node";
import { parse } from "yaml";
import { managedLabels } from "../../../components/objectMetadata";
import { renderStack } from "../../../engine/renderStack";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { docExamples } from "../../support/docExamples";
import { EXTERNAL_SECRETS, goModule } from "../../support/goModule";
import { image } from "../../support/liveObjects";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { useCluster } from "../../support/sharedCluster";
import { skipBecause } from "../../support/skipBecause";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const KINDS = ["externalsecrets", "clusterexternalsecrets"];
const SLUG = `external-${process.pid}`;

/** As docs/agents.md shows it. */
const SHOWN = docExamples("agents.md").flatMap(({ value }) =>
    Object.entries((value["config"] ?? {}) as Record<string, unknown>).filter(
        ([key]) => key === "customer-orgs:externalSecrets",
    ),
)[0]?.[1] as object;

/** Every word that there is. */
const SAID = {
    ...SHOWN,
    registry: {
        secretStoreRef: { name: "store", kind: "SecretStore" },
        refreshInterval: "90m",
        data: [{ secretKey: "a", remoteRef: { key: "k", property: "p", version: "7" } }],
        dataFrom: [{ extract: { key: "orgs/{org}", property: "p", version: "7" } }],
    },
    database: { secretStoreRef: { name: "store" }, dataFrom: [{ extract: { key: "orgs/{org}" } }] },
};

interface Declared {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: Readonly<Record<string, unknown>>;
}

/** What the program declares is held against the schema of the operator that reads it. */
describe("where Secrets come from, on a real API server with the External Secrets Operator's schema", function () {
    this.timeout(180_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, `org-${SLUG}-of`);
    let client: KubeClient | undefined;
    const applied: string[] = [];

    const request = (options: Parameters<KubeClient["request"]>[0]) => {
        assert.ok(client !== undefined);
        return client.request(options);
    };
    const CLUSTER_WIDE = "/apis/external-secrets.io/v1/clusterexternalsecrets";
    const path_ = `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets`;

    before("the operator's schema", async function () {
        const found = await goModule(EXTERNAL_SECRETS);
        if ("missing" in found) {
            skipBecause(this, found.missing);
        }
        client = createKubeClient(cluster().kubeConfig);
        for (const kind of KINDS) {
            const file = path.join(found.directory, `config/crds/bases/external-secrets.io_${kind}.yaml`);
            await request({
                method: "PATCH",
                path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${kind}.external-secrets.io`,
                query: { fieldManager: "fleet-test", force: "true" },
                contentType: "application/apply-patch+yaml",
                body: parse(fs.readFileSync(file, "utf8")) as unknown,
            });
            applied.push(`${kind}.external-secrets.io`);
        }
        for (const served of [path_, CLUSTER_WIDE]) {
            await until("the operator's schema is served", () =>
                request({ path: served }).then(
                    () => true,
                    () => undefined,
                ),
            );
        }
    });
    after(async () => {
        for (const name of applied) {
            await cluster()
                .kubeConfig.makeApiClient(ApiextensionsV1Api)
                .deleteCustomResourceDefinition({ name });
        }
        client?.close();
    });

    /** What the program declares for an org whose agents need all of these Secrets. */
    async function declare(): Promise<readonly Declared[]> {
        const files = new OrgsDirectory();
        files.write("Pulumi.yaml", "name: customer-orgs\nruntime: nodejs\n");
        files.write("Pulumi.test.yaml", {
            config: {
                "customer-orgs:referenceStack": "organization/platform/test",
                "customer-orgs:orgs": "orgs",
                "customer-orgs:kubeContext": "test",
                "customer-orgs:externalSecrets": SAID,
            },
        });
        files.write(`orgs/${SLUG}.yaml`, {
            ...{ slug: SLUG, displayName: "External" },
            agents: [
                {
                    ...{ name: "coder", runtime: "claude-code" },
                    envFrom: Object.keys(SAID).map((name) => ({ secretRef: { name } })),
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
            },
        });
        try {
            const { customerOrgs } = await renderStack({ stack: "test", root: files.root, now: new Date() });
            return (customerOrgs as unknown as Declared[]).filter(({ kind }) => kind === "ExternalSecret");
        } finally {
            files.remove();
        }
    }

    /** Has the API server check an object as it would create it, with no field that its schema does not know. */
    const create = (body: Declared) =>
        request({
            method: "POST",
            path: path_,
            query: { dryRun: "All", fieldValidation: "Strict" },
            body: { ...body, metadata: { ...body.metadata, namespace } },
        });

    it("is taken in every word, as it was said", async () => {
        const declared = await declare();
        assert.deepEqual(declared.map(({ metadata }) => metadata.name).sort(), Object.keys(SAID).sort());
        for (const object of declared) {
            const { spec } = (await create(object)) as Declared;
            // What the schema has for defaults is beside it.
            assert.partialDeepStrictEqual(spec, object.spec);
        }
        assert.match(JSON.stringify(declared), new RegExp(`"key":"orgs/${SLUG}/anthropic"`));
    });

    it("is taken once for all orgs, by the label of their namespaces, as docs/agents.md has it", async () => {
        const [object] = await declare();
        const page = fs.readFileSync(path.join(PACKAGE_ROOT, "docs/agents.md"), "utf8").replace(/\s+/g, " ");
        const [, key = "", value = ""] =
            /`ClusterExternalSecret` whose `namespaceSelectors` ask for `([^:`]+): ([^`]+)`/.exec(page) ?? [];
        assert.equal(managedLabels("x", "y")[key], value);
        const spec = {
            namespaceSelectors: [{ matchLabels: { [key]: value } }],
            externalSecretSpec: object?.spec,
        };
        const taken = (await request({
            method: "POST",
            path: CLUSTER_WIDE,
            query: { dryRun: "All", fieldValidation: "Strict" },
            body: {
                ...{ apiVersion: "external-secrets.io/v1", kind: "ClusterExternalSecret" },
                ...{ metadata: { name: namespace }, spec },
            },
        })) as Declared;
        assert.partialDeepStrictEqual(taken.spec, spec);
    });

    it("is refused in a word that the schema does not have, and in a value of another kind", async () => {
        const [object] = await declare();
        assert.ok(object !== undefined);
        const spec = (more: object) => create({ ...object, spec: { ...object.spec, ...more } });
        await assert.rejects(spec({ stores: [] }), /unknown field "spec\.stores"/);
        await assert.rejects(spec({ data: [{ remoteRef: { key: "k" } }] }), /secretKey/);
        await assert.rejects(spec({ secretStoreRef: { name: "s", kind: "Vault" } }), /kind/);
    });
});
