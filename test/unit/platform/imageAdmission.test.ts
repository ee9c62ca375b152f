import assert from "node:assert/strict";
import * as path from "node:path";
import { ImageAdmission } from "../../../platform/imageAdmission";
import { declareResources } from "../../support/declareResources";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const ROOT = path.join(PACKAGE_ROOT, "platform");
const NOW = new Date("2026-11-22T12:00:00Z");

describe("ImageAdmission", () => {
    it("declares the policy and its binding from the pack's own config", async () => {
        const { resources, result } = await declareResources(
            () =>
                new ImageAdmission("images", {
                    settings: {
                        packConfig: "../policy/config/prod.json",
                        validationActions: ["Audit"],
                        allNamespaces: false,
                    },
                    coreNamespace: "agents",
                    root: ROOT,
                    now: NOW,
                }),
        );
        await result;
        const declared = resources.filter(({ type }) => type.startsWith("kubernetes:"));
        assert.deepEqual(
            declared.map(({ type }) => type.split(":").at(-1)),
            ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
        );
        const spec = declared[1]?.inputs["spec"] as { policyName: string; validationActions: string[] };
        assert.equal(spec.policyName, "require-immutable-images");
        assert.deepEqual(spec.validationActions, ["Audit"]);
        const { matchConditions } = declared[0]?.inputs["spec"] as {
            matchConditions: { expression: string }[];
        };
        assert.deepEqual(
            matchConditions.map(({ expression }) => expression),
            ['request.namespace.startsWith("org-") || request.namespace == "agents"'],
        );
    });

    it("names a pack config that cannot be read, and declares nothing in the cluster", async () => {
        const { resources, result } = await declareResources(
            () =>
                new ImageAdmission("images", {
                    settings: {
                        packConfig: "../policy/config/none.json",
                        validationActions: ["Warn"],
                        allNamespaces: true,
                    },
                    coreNamespace: "agents",
                    root: ROOT,
                    now: NOW,
                }),
        );
        await assert.rejects(
            result,
            /admissionPolicy\.packConfig: "\.\.\/policy\/config\/none\.json": expected/,
        );
        assert.equal(resources.filter(({ type }) => type.startsWith("kubernetes:")).length, 0);
    });
});
