import assert from "node:assert/strict";
import type { ResourceChange } from "../../../../engine/resourceChange";
import { judgeAdoption } from "../../../../fleet/adopt/judgeAdoption";

const change = (parts: Partial<ResourceChange>): ResourceChange =>
    ({
        org: "hand",
        kind: "Deployment",
        operation: "update",
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
});
