import assert from "node:assert/strict";
import { followReferences } from "../../../config/referenceChain";

describe("followReferences", () => {
    type Stacks = Readonly<Record<string, string | readonly string[]>>;
    const follow = (stacks: Stacks) =>
        followReferences("prod", (stack) =>
            Object.hasOwn(stacks, stack) ? [stacks[stack] ?? []].flat() : undefined,
        );
    const problemOf = (stacks: Stacks) => {
        const { end } = follow(stacks);
        return end.ok ? `it ends at ${end.environment}` : end.problem;
    };

    it("goes through every ring to the platform, by whole names and by names alone", () => {
        assert.deepEqual(follow({ prod: "organization/platform/eu" }), {
            rings: [],
            references: ["organization/platform/eu"],
            end: { ok: true, environment: "eu" },
        });
        const chain = follow({
            prod: "organization/customer-orgs/early",
            early: "canary",
            canary: "acme-corp/platform/prod",
        });
        assert.deepEqual(chain.rings, ["early", "canary"]);
        assert.deepEqual(chain.references, [
            "organization/customer-orgs/early",
            "canary",
            "acme-corp/platform/prod",
        ]);
        assert.deepEqual(chain.end, { ok: true, environment: "prod" });
    });

    it("names a circle, a stack that is not here, and a project that is not here, with the file to mend", () => {
        assert.equal(
            problemOf({ prod: "canary", canary: "customer-orgs/prod" }),
            'Pulumi.canary.yaml: customer-orgs:referenceStack: "customer-orgs/prod": a circle of references (prod → canary → prod); ' +
                "expected a chain that ends at the platform",
        );
        assert.match(problemOf({ prod: "prod" }), /a circle of references \(prod → prod\)/);
        assert.equal(
            problemOf({ prod: "canry" }),
            "Pulumi.canry.yaml: customer-orgs:referenceStack: nothing: expected a stack",
        );
        assert.match(
            problemOf({ prod: "canary", canary: "o/else/prod" }),
            /^Pulumi\.canary\.yaml: .*"o\/else\/prod": a stack of a project that is not here/,
        );
    });

    it("goes through each of several references, the nearest first, each once", () => {
        assert.deepEqual(
            follow({ prod: ["eu", "us"], eu: "canary", us: ["canary"], canary: "platform/prod" }),
            {
                rings: ["eu", "us", "canary"],
                references: ["eu", "us", "canary", "platform/prod"],
                end: { ok: true, environment: "prod" },
            },
        );
        assert.match(
            problemOf({ prod: ["eu", "us"], eu: "us", us: ["eu"] }),
            /^Pulumi\.us\.yaml: .*a circle of references \(prod → eu → us → eu\)/,
        );
        assert.equal(
            problemOf({ prod: ["eu", "us"], eu: "platform/eu", us: ["platform/us"] }),
            'Pulumi.prod.yaml: customer-orgs:referenceStack: its references lead to several platforms ("eu", "us"); expected one',
        );
    });
});
