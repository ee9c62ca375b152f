import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import assert from "node:assert/strict";
import { imagesIn } from "../support/objects";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

/** One of which Pulumi.yaml says nothing: whoever needs a Secret says so in this test. */
const RUNTIME = "worker";
const [BEFORE, AFTER] = [imageOf(RUNTIME, "a"), imageOf(RUNTIME, "b")];
const SECRET = { ANTHROPIC_API_KEY: { secret: "anthropic", key: "api-key" } };

describe("agents whose Secret is missing, on a real engine", function () {
    this.timeout(300_000);
    const suite = useEngine();
    const orgs = ["without", "with", "other"];

    const prepare = async () => {
        const { workspace, cluster } = suite();
        for (const slug of orgs) {
            workspace.writeOrg("waiting", `wait-${slug}`, {
                slug: `wait-${slug}`,
                displayName: slug,
                agents: [
                    {
                        name: "coder",
                        runtime: RUNTIME,
                        ...(slug === "other" ? {} : { secretEnv: SECRET }),
                        // What a kubelet says of a pod whose Secret is not there; a node of the embedded cluster looks for none.
                        ...(slug === "without"
                            ? {
                                  podAnnotations: {
                                      "local.customer-orgs/fail": "CreateContainerConfigError",
                                      "local.customer-orgs/fail-message": 'secret "anthropic" not found',
                                  },
                              }
                            : {}),
                    },
                ],
            });
        }
        workspace.writeSettings("customer-orgs", "waiting", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/waiting",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:gate": { failures: 0, parallel: 1 },
            "customer-orgs:defaults": { progressDeadlineSeconds: 120, minReadySeconds: 0 },
        });
        return workspace.stack("customer-orgs", "waiting");
    };
    const warnings: string[] = [];
    const onEvent = ({ diagnosticEvent }: EngineEvent) => {
        if (diagnosticEvent?.severity === "warning") {
            warnings.push(diagnosticEvent.message.trim());
        }
    };
    const said = (pattern: RegExp) => warnings.filter((line) => pattern.test(line)).length;
    const pin = (image: string, release: string) =>
        deployReference(suite().workspace, runtimeImagesOf({ [RUNTIME]: image }, release));

    beforeEach(() => {
        warnings.length = 0;
    });

    it("are named in the preview and the first up of their org, which fails for nobody", async () => {
        await pin(BEFORE, "v1");
        const stack = await prepare();
        await stack.preview({ onEvent });
        const born =
            /waits for the Secret "anthropic" in the namespace "org-wait-.*", which is born in the update/;
        assert.equal(said(born), 2, warnings.join("\n"));
        warnings.length = 0;
        await stack.up({ onEvent });
        assert.equal(
            said(
                /wait-without\/coder: it waits for the Secret "anthropic", which the namespace "org-wait-without" lacks/,
            ),
            1,
            warnings.join("\n"),
        );
    });

    it("wait while everybody else is rolled and the release is proven", async () => {
        const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        await objects.create({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "anthropic", namespace: "org-wait-with" },
        });
        await pin(AFTER, "v2");
        const stack = await prepare();
        await stack.preview({ onEvent });
        const lacking = /waits for the Secret "anthropic", which the namespace/;
        assert.equal(said(lacking), 1, warnings.join("\n"));
        await stack.up();
        for (const slug of orgs) {
            assert.deepEqual(await imagesIn(suite().cluster, `org-wait-${slug}`), { "agent-coder": AFTER });
        }
        const proven = (await stack.outputs())["runtimeImages"]?.value as unknown;
        assert.deepEqual(proven, runtimeImagesOf({ [RUNTIME]: AFTER }, "v2"));
    });
});
