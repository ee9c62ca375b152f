import { ApiextensionsV1Api } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { KubernetesObject } from "../../../engine/evaluateProgram";
import { type KubeClient, connectKube } from "../../../kube/kubeClient";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { mountAccount, writeObjects } from "../../support/operator/podAccount";
import {
    COMMIT,
    OPERATOR_SETTINGS,
    OperatorProject,
    THREE_RINGS,
} from "../../support/operator/operatorProject";
import { useCluster } from "../../support/sharedCluster";
import { skipBecause } from "../../support/skipBecause";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

/** The operator's own schema, which is no part of this project. */
const SCHEMA = path.resolve(PACKAGE_ROOT, "../shared/data/stacks.pulumi.com.v1.crd.json");

describe("what fleet operator writes, on a real API server", function () {
    this.timeout(120_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "operator");
    let client: KubeClient;

    before(async () => {
        client = await connectKube({ context: cluster().context, kubeconfig: cluster().kubeconfigPath });
    });
    after(() => {
        client.close();
    });

    async function write(
        stacks: ConstructorParameters<typeof OperatorProject>[0],
        settings: object = {},
    ): Promise<readonly KubernetesObject[]> {
        const project = new OperatorProject(stacks, { ...OPERATOR_SETTINGS, namespace, ...settings });
        try {
            return await writeObjects(project.root);
        } finally {
            project.remove();
        }
    }

    /** Has the API server check an object as it would create it, with no field that it does not know. */
    async function dryRun({ apiVersion, kind, ...object }: KubernetesObject): Promise<unknown> {
        const collection = kind === "Stack" ? "apis/pulumi.com/v1" : "api/v1";
        const plural = kind === "Stack" ? "stacks" : "configmaps";
        return client.request({
            method: "POST",
            path: `/${collection}/namespaces/${namespace}/${plural}`,
            query: { dryRun: "All", fieldValidation: "Strict" },
            body: { apiVersion, kind, ...object },
        });
    }

    describe("with the operator's schema", () => {
        const name = "stacks.pulumi.com";
        let applied = false;

        before("the operator's schema", async function () {
            if (!fs.existsSync(SCHEMA)) {
                skipBecause(this, `the schema of the Pulumi Kubernetes Operator is not at ${SCHEMA}`);
            }
            // As it is: the typed client drops the words of a schema that begin with "x-kubernetes-".
            await client.request({
                method: "PATCH",
                path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
                query: { fieldManager: "fleet-test", force: "true" },
                contentType: "application/apply-patch+yaml",
                body: JSON.parse(fs.readFileSync(SCHEMA, "utf8")) as unknown,
            });
            applied = true;
            await until("the operator's schema is served", () =>
                client.request({ path: `/apis/pulumi.com/v1/namespaces/${namespace}/stacks` }).then(
                    () => true,
                    () => undefined,
                ),
            );
        });
        after(async () => {
            if (applied) {
                const api = cluster().kubeConfig.makeApiClient(ApiextensionsV1Api);
                await api.deleteCustomResourceDefinition({ name });
            }
        });

        it("is created, every object of three rings, with every setting that there is", async () => {
            const written = [
                ...(await write(THREE_RINGS)),
                ...(await write(THREE_RINGS, {
                    repository: "git@github.com:acme/fleet.git",
                    directory: "fleet",
                    gitSecret: { secret: "git", key: "ssh-privatekey" },
                    organization: "organization",
                    secretEnv: { PULUMI_CONFIG_PASSPHRASE: { secret: "state", key: "passphrase" } },
                    env: { AWS_REGION: "eu-central-1", ANSWER: "no" },
                    resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "2Gi" } },
                })),
                ...(await write(THREE_RINGS, { gitSecret: { secret: "git", key: "token" } })),
            ];
            assert.equal(written.length, 3 * 5);
            for (const object of written) {
                const { metadata, spec, data } = (await dryRun(object)) as KubernetesObject;
                assert.equal(metadata.name, object.metadata.name);
                // Nothing was pruned, and nothing was read as something else.
                assert.deepEqual([spec, data], [object["spec"], object["data"]]);
            }
        });

        it("is refused by the API server where this project refuses it too: a name of 43 characters", async () => {
            const [, stack] = await write({ ["x".repeat(42)]: "organization/platform/prod" });
            assert.ok(stack !== undefined);
            await dryRun(stack);
            const longer = { ...stack, metadata: { ...stack.metadata, name: "x".repeat(43) } };
            await assert.rejects(dryRun(longer), /no more than 42 characters/);
        });

        it("would not be created with a word that the operator does not know", async () => {
            const [, stack] = await write({ canary: "organization/platform/prod" });
            assert.ok(stack !== undefined);
            const spec = { ...(stack["spec"] as object), comit: COMMIT };
            await assert.rejects(dryRun({ ...stack, spec }), /unknown field "spec.comit"/);
        });
    });

    it("has a kubeconfig with which a pod's own account is known to the API server", async () => {
        const written = await write({ canary: "organization/platform/prod" });
        const kubeconfig = await mountAccount(cluster(), namespace, written);
        const pod = await connectKube({ kubeconfig, context: "prod" });
        const review = (await pod.request({
            method: "POST",
            path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
        })) as { readonly status: { readonly userInfo: { readonly username: string } } };
        pod.close();
        fs.rmSync(path.dirname(kubeconfig), { recursive: true });
        assert.equal(review.status.userInfo.username, `system:serviceaccount:${namespace}:default`);
    });
});
