import assert from "node:assert/strict";
import {
    type StackDeployment,
    forgetOrg,
    hasOrg,
    namesOrg,
    orgUrn,
    takeOrg,
    takeProof,
    withoutOrg,
} from "../../../../rings/move/orgState";

const child = (slug: string, parent: string, name: string) => ({
    urn: `urn:pulumi:prod::customer-orgs::x$y::${slug}-${name}`,
    type: "kubernetes:core/v1:Namespace",
    parent,
});
function state(slugs: readonly string[], outputs: Readonly<Record<string, unknown>> = {}): StackDeployment {
    const agents = Object.fromEntries(slugs.map((slug) => [slug, { main: { image: slug } }]));
    return {
        manifest: { version: "v3" },
        resources: [
            {
                urn: "urn:pulumi:prod::customer-orgs::pulumi:pulumi:Stack::customer-orgs-prod",
                type: "pulumi:pulumi:Stack",
                outputs: { agents, offboarding: [], ...outputs },
            },
            ...slugs.flatMap((slug) => {
                const own = child(slug, orgUrn("prod", slug), "agent");
                return [
                    { urn: orgUrn("prod", slug), type: "customer-orgs:index:CustomerOrg" },
                    // A state's order is that of what depends on what, and says nothing of who stands below whom.
                    { ...child(slug, own.urn, "deployment") },
                    own,
                ];
            }),
        ],
    };
}

describe("an org in a stack's state", () => {
    it("is found by its component, and taken out with all that is below it", () => {
        const both = state(["acme", "globex"]);
        assert.deepEqual(
            [hasOrg(both, "prod", "acme"), hasOrg(both, "other", "acme"), hasOrg({}, "prod", "acme")],
            [true, false, false],
        );
        const left = withoutOrg(both, "prod", "acme");
        assert.deepEqual(left.resources?.slice(1), state(["globex"]).resources?.slice(1));
        assert.deepEqual(left["manifest"], { version: "v3" });
        assert.deepEqual(withoutOrg(left, "prod", "acme"), left);
    });

    it("is said of by the outputs, which go with it", () => {
        const from = state(["acme", "globex"], { clusterUid: "1" });
        const to = takeOrg(state([], { clusterUid: "2" }), from, "acme");
        assert.deepEqual(to.resources?.[0]?.outputs, {
            ...{ agents: { acme: { main: { image: "acme" } } }, offboarding: [], clusterUid: "2" },
        });
        const forgotten = forgetOrg(from, "acme");
        assert.deepEqual(
            [namesOrg(from, "acme"), namesOrg(forgotten, "acme"), namesOrg(forgotten, "globex")],
            [true, false, true],
        );
        assert.deepEqual(forgetOrg(forgotten, "acme"), forgotten);
        assert.equal(namesOrg({ resources: null }, "acme"), false);
    });

    it("brings to a new part of its stack what the stack has proven", () => {
        const proven = { proof: { schemaVersion: 1, runtimes: {} }, runtimeImages: { runtimes: {} } };
        const part = takeProof(state([], { clusterUid: "1" }), state(["acme"], proven));
        assert.deepEqual(part.resources?.[0]?.outputs, {
            agents: {},
            offboarding: [],
            clusterUid: "1",
            ...proven,
        });
    });
});
