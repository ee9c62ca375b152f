import assert from "node:assert/strict";
import fc from "fast-check";
import { makeChains } from "../../../rings/chain";
import { ConfigError } from "../../../lib/text/configError";

const PROD = "organization/platform/prod";

/** Stack → what it reads; a text is one reference. */
function chainsOf(stacks: Readonly<Record<string, string | readonly string[]>>) {
    return makeChains(
        Object.entries(stacks).map(([stack, references]) => ({
            stack,
            referenceStacks: typeof references === "string" ? [references] : references,
        })),
    );
}

/** The chains as text: `platform/prod: canary | early, late`. */
function ringsOf(stacks: Parameters<typeof chainsOf>[0]): readonly string[] {
    return chainsOf(stacks).map(
        ({ origin, rings }) =>
            `${origin}: ${rings.map((ring) => ring.map(({ stack }) => stack).join(", ")).join(" | ")}`,
    );
}

function problemsOf(stacks: Parameters<typeof chainsOf>[0]): readonly string[] {
    try {
        chainsOf(stacks);
    } catch (error) {
        assert.ok(error instanceof ConfigError);
        return error.problems;
    }
    return [];
}

describe("makeChains", () => {
    it("puts a stack into the ring after the one that it reads, by whole names and by names alone", () => {
        assert.deepEqual(
            ringsOf({
                "prod-02": "early",
                prod: "organization/customer-orgs/early",
                early: "customer-orgs/canary",
                canary: PROD,
            }),
            ["platform/prod: canary | early | prod, prod-02"],
        );
    });

    it("puts a stack of several references after the last of them, and says who holds back whom", () => {
        const [chain] = chainsOf({
            all: ["second", "canary-b"],
            second: ["canary-a"],
            "canary-a": PROD,
            "canary-b": PROD,
        });
        assert.deepEqual(chain, {
            origin: "platform/prod",
            rings: [
                [
                    { stack: "canary-a", reads: [], readBy: ["second"] },
                    { stack: "canary-b", reads: [], readBy: ["all"] },
                ],
                [{ stack: "second", reads: ["canary-a"], readBy: ["all"] }],
                [{ stack: "all", reads: ["canary-b", "second"], readBy: [] }],
            ],
        });
    });

    it("makes a chain for each place that images come from, whatever project it is of and whoever's organization", () => {
        assert.deepEqual(
            ringsOf({
                staging: "organization/platform/staging",
                prod: ["canary", "acme/platform/prod"],
                canary: PROD,
                lab: "organization/reference/test",
            }),
            ["platform/prod: canary | prod", "platform/staging: staging", "reference/test: lab"],
        );
        assert.deepEqual(chainsOf({}), []);
    });

    it("is the same whatever the order is in which stacks and references are given", () => {
        assert.deepEqual(
            chainsOf({ c: ["b", "a", "b"], a: PROD, b: PROD }),
            chainsOf({ b: PROD, a: PROD, c: ["a", "b"] }),
        );
    });

    it("names every stack that reads nothing, one that is not here, or itself, at once", () => {
        assert.deepEqual(
            problemsOf({
                prod: ["canry", "canary"],
                canary: PROD,
                none: [],
                self: "self",
                behind: "self",
                x: "z",
                y: "customer-orgs/x",
                z: "y",
            }),
            [
                "Pulumi.none.yaml: customer-orgs:referenceStack: nothing: expected a stack",
                'Pulumi.prod.yaml: customer-orgs:referenceStack: "canry": there is no stack "canry" here; expected one of ' +
                    "behind, canary, none, prod, self, x, y, z, or the platform's",
                "Pulumi.self.yaml: customer-orgs:referenceStack: a circle of references (self → self); expected a chain that ends at the platform",
                "Pulumi.x.yaml: customer-orgs:referenceStack: a circle of references (x → z → y → x); expected a chain that ends at the platform",
            ],
        );
    });

    it("refuses a stack whose references lead to two platforms", () => {
        assert.deepEqual(problemsOf({ prod: ["canary", "organization/platform/eu"], canary: PROD }), [
            'Pulumi.prod.yaml: customer-orgs:referenceStack: its images come from "platform/eu" and "platform/prod"; ' +
                "expected one place that all references lead to",
        ]);
    });

    it("puts every stack into exactly one ring, right behind the last that it reads, whoever reads whom", () => {
        const graphs = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
        fc.assert(
            fc.property(graphs, (graph) => {
                // Each reads some of those before it, or the platform.
                const reads = graph.map((to, index) => [...new Set(to.filter((each) => each < index))]);
                const stacks = Object.fromEntries(
                    reads.map((to, index) => [
                        `s${index}`,
                        to.length === 0 ? PROD : to.map((each) => `s${each}`),
                    ]),
                );
                const rings = chainsOf(stacks).flatMap((chain) => chain.rings);
                const places = new Map(
                    rings.flatMap((ring, place) => ring.map(({ stack }): [string, number] => [stack, place])),
                );
                assert.equal(rings.flat().length, reads.length);
                for (const [index, to] of reads.entries()) {
                    const before = to.map((each) => places.get(`s${each}`) ?? NaN);
                    assert.equal(places.get(`s${index}`), Math.max(-1, ...before) + 1);
                }
            }),
        );
    });

    it("makes a chain of many stacks that all read the two before them", () => {
        const stacks = Object.fromEntries(
            Array.from({ length: 500 }, (_, index) => [
                `s${index}`,
                index < 2 ? PROD : [`s${index - 1}`, `s${index - 2}`],
            ]),
        );
        assert.equal(chainsOf(stacks)[0]?.rings.length, 499);
    });
});
