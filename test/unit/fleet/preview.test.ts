import assert from "node:assert/strict";
import { formatPreview, previewCountsLine } from "../../../fleet/formatPreview";
import { judgePreview } from "../../../fleet/judgePreview";
import { type StepMetadata, readChange } from "../../../engine/resourceChange";
import { TABLE_WIDTH } from "../../../fleet/report/table";
import { deployment, image } from "../../support/liveObjects";

function inputs(agentImage: string, name = "agent-coder", namespace = "org-acme") {
    return {
        metadata: { name, namespace },
        spec: { template: { spec: { containers: [{ name: "agent", image: agentImage }] } } },
    };
}

function step(parts: Partial<StepMetadata>): StepMetadata {
    return { op: "update", urn: "urn:x", type: "kubernetes:apps/v1:Deployment", ...parts };
}

const ROLL = step({
    old: { inputs: inputs(image("1")) },
    new: { inputs: inputs(image("2")) },
    detailedDiff: { "spec.template.spec.containers[0].image": {} },
});
const NEW_NAMESPACE = step({
    op: "create",
    type: "kubernetes:core/v1:Namespace",
    new: { inputs: { metadata: { name: "org-acme" } } },
});

function changesOf(...steps: readonly StepMetadata[]) {
    return steps.flatMap((each) => readChange(each) ?? []);
}

const EMPTY_CLUSTER = { uid: "c", namespaces: [], deployments: [], pods: [], problems: [] };

describe("readChange", () => {
    it("reads an agent's image before and after", () => {
        const [change] = changesOf(ROLL);
        assert.deepEqual(
            [change?.org, change?.agent, change?.operation, change?.image],
            ["acme", "coder", "update", { from: image("1"), to: image("2") }],
        );
        assert.deepEqual(change?.paths, ["spec.template.spec.containers[0].image"]);
    });

    it("reads a deletion, which has no new state", () => {
        const [change] = changesOf(step({ op: "delete", old: { inputs: inputs(image("1")) } }));
        assert.deepEqual([change?.operation, change?.agent], ["delete", "coder"]);
    });

    it("takes steps that change no object of a cluster for none, and odd ones without a fall", () => {
        assert.deepEqual(changesOf(step({ op: "same" }), step({ op: "read" })), []);
        assert.deepEqual(changesOf(step({ type: "customer-orgs:index:Agent" })), []);
        assert.deepEqual(changesOf(step({ new: { inputs: "what" } }))[0]?.agent, undefined);
        assert.deepEqual(changesOf(step({ new: { inputs: { metadata: { name: 1 } } } }))[0]?.org, undefined);
    });

    it("does not take the core fleet's agents for an org's", () => {
        const [change] = changesOf(step({ new: { inputs: inputs(image("1"), "agent-ceo", "agents") } }));
        assert.equal(change?.org, undefined);
        assert.equal(change?.agent, undefined);
    });
});

describe("judgePreview", () => {
    it("finds a namespace that is to be created and exists already", () => {
        const live = {
            ...EMPTY_CLUSTER,
            namespaces: [{ name: "org-acme", uid: "u", labels: {}, deleting: false }],
        };
        assert.match(
            judgePreview(changesOf(NEW_NAMESPACE), live).blocking[0] ?? "",
            /fleet adopt --org acme/,
        );
        assert.deepEqual(judgePreview(changesOf(NEW_NAMESPACE), EMPTY_CLUSTER).blocking, []);
    });

    it("names who owns an image that the update takes over, and not Pulumi itself", () => {
        const managed = (...managers: string[]) =>
            deployment({
                metadata: {
                    managedFields: managers.map((manager) => ({
                        manager,
                        fieldsV1: {
                            "f:spec": {
                                "f:template": {
                                    "f:spec": { "f:containers": { 'k:{"name":"agent"}': { "f:image": {} } } },
                                },
                            },
                        },
                    })),
                },
            });
        const notes = (...managers: string[]) =>
            judgePreview(changesOf(ROLL), { ...EMPTY_CLUSTER, deployments: [managed(...managers)] }).notes;
        assert.match(notes("kubectl-set")[0] ?? "", /owned by "kubectl-set"/);
        assert.deepEqual(notes("pulumi-kubernetes-1a2b"), []);
        assert.deepEqual(notes(), []);
    });
});

describe("the preview's table", () => {
    const preview = {
        changes: changesOf(ROLL, NEW_NAMESPACE),
        findings: [
            {
                policy: "require-immutable-images",
                mandatory: true,
                resource: "acme-coder",
                message: "no digest",
            },
        ],
        errors: ["it broke"],
    };
    const warnings = { blocking: ["exists already"], notes: ["taken over"] };

    it("has a row per agent, what else changes, and everything that stands against it", () => {
        const text = formatPreview(preview, warnings);
        assert.match(text, /^update +acme +coder +111111111111 +222222222222$/m);
        assert.match(text, /^Besides: 1× create Namespace$/m);
        assert.match(text, /^Policy, refused: require-immutable-images on acme-coder: no digest$/m);
        assert.match(text, /^Error: it broke$/m);
        assert.match(text, /^Would fail: exists already$/m);
        assert.match(text, /^Note: taken over$/m);
        assert.ok(text.split("\n").every((line) => line.length <= TABLE_WIDTH));
    });

    it("names and counts every namespace that would go, with all that is in it", () => {
        const slugs = Array.from({ length: 13 }, (_, index) => `gone-${index}`);
        const gone = {
            changes: changesOf(
                ...slugs.map((slug) =>
                    step({
                        op: "delete",
                        type: "kubernetes:core/v1:Namespace",
                        old: { inputs: { metadata: { name: `org-${slug}` } } },
                    }),
                ),
            ),
            findings: [],
            errors: [],
        };
        const text = formatPreview(gone, { blocking: [], notes: [] });
        for (const slug of slugs) {
            assert.match(
                text,
                new RegExp(`^delete +${slug} +\\(all\\) +the namespace with all that is in it$`, "m"),
            );
        }
        assert.match(text, / to-delete=13 /);
        assert.doesNotMatch(text, /Besides/);
    });

    it("has what would fail right before the counts, however many notes there are", () => {
        const notes = Array.from({ length: 300 }, (_, index) => `taken over ${index}`);
        const lines = formatPreview(preview, { blocking: ["exists already"], notes }).split("\n");
        assert.deepEqual(lines.slice(-3, -1), ["Error: it broke", "Would fail: exists already"]);
    });

    it("ends with counts", () => {
        assert.equal(
            previewCountsLine(preview, warnings),
            "to-roll=1 to-create=0 to-replace=0 to-delete=0 refused=1 would-fail=1",
        );
    });
});
