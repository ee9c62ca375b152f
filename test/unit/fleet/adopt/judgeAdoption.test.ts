import assert from "node:assert/strict";
import type { ResourceChange } from "../../../../engine/resourceChange";
import { judgeAdoption } from "../../../../fleet/adopt/judgeAdoption";

const change = (parts: Partial<ResourceChange>): ResourceChange =>
    ({
        org: "hand",
        kind: "Deployment",
        operation: "update",
        namespace: "org-hand",
        name: "agent-coder",
        paths: [],
        ...parts,
    }) as ResourceChange;

describe("judgeAdoption", () => {
    it("allows what an adoption brings: guards, and the budget of an agent with several pods", () => {
        const kinds = [
            "ServiceAccount",
            "ResourceQuota",
            "LimitRange",
            "NetworkPolicy",
            "PodDisruptionBudget",
        ];
        const { forbidden, changes } = judgeAdoption(
            "hand",
            kinds.map((kind) => change({ kind, operation: "create" })),
        );
        assert.deepEqual([forbidden, changes.length], [[], kinds.length]);
    });

    it("forbids a second Deployment, a replacement and a deletion, and counts what is not the org's", () => {
        const { forbidden, elsewhere } = judgeAdoption("hand", [
            change({ operation: "create" }),
            change({ operation: "replace" }),
            change({ operation: "delete", kind: "NetworkPolicy" }),
            change({ org: "other" }),
        ]);
        assert.deepEqual([forbidden.length, elsewhere], [3, 1]);
    });

    it("names the fields that change by their first two steps, each once", () => {
        const paths = [
            "metadata.labels.app",
            'metadata.labels["app.kubernetes.io/name"]',
            "spec.template.spec.containers[0].image",
            "spec.template.metadata.labels.app",
            "data",
        ];
        const { changes } = judgeAdoption("hand", [change({ paths })]);
        assert.deepEqual(changes, [
            'update Deployment "org-hand/agent-coder" (metadata.labels, spec.template, data)',
        ]);
    });

    for (const parts of [
        { operation: "replace" },
        { operation: "delete" },
        { operation: "create" },
        { operation: "create", kind: "Namespace" },
        { operation: "delete", kind: "NetworkPolicy" },
    ] as Partial<ResourceChange>[]) {
        it(`forbids to ${parts.operation ?? ""} a ${parts.kind ?? "Deployment"} of the org`, () => {
            assert.equal(judgeAdoption("hand", [change(parts)]).forbidden.length, 1);
        });
    }
});
