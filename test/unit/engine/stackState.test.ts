import assert from "node:assert/strict";
import { parseStackState } from "../../../engine/stackState";

/** A state as `pulumi stack export` writes it: what has no inputs or outputs has no such key. */
const stateOf = (...resources: readonly object[]) => ({
    version: 3,
    deployment: {
        manifest: { time: "2026-07-01T00:00:00Z", magic: "", version: "v3.265.0" },
        resources: [
            { urn: "urn:a", custom: false, type: "pulumi:pulumi:Stack", outputs: { offboarding: [] } },
            { urn: "urn:b", custom: false, type: "customer-orgs:index:CustomerOrg" },
            ...resources,
        ],
        metadata: {},
    },
});

describe("parseStackState", () => {
    it("reads outputs, the cluster and Deployments, and passes over what has no inputs", () => {
        const metadata = { name: "agent-coder", namespace: "org-acme" };
        const spec = {
            template: { spec: { containers: [{ name: "agent", image: "a/b:c" }, { name: "x" }] } },
        };
        const state = parseStackState(
            stateOf(
                { type: "pulumi:index:Stash", custom: true, outputs: { output: "uid-1" } },
                { type: "kubernetes:apps/v1:Deployment", custom: true, inputs: { metadata, spec } },
            ),
        );
        assert.deepEqual([state?.outputs, state?.clusterUid], [{ offboarding: [] }, "uid-1"]);
        assert.deepEqual(
            state?.deployments?.map(({ namespace, name, containers }) => [
                namespace,
                name,
                containers.length,
            ]),
            [["org-acme", "agent-coder", 2]],
        );
    });

    it("reads a state of nothing, and takes another shape for no state", () => {
        assert.deepEqual(parseStackState({ version: 3, deployment: {} })?.deployments, []);
        assert.equal(parseStackState({ runtimeImages: {} }), undefined);
    });
});
