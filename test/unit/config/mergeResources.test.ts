import assert from "node:assert/strict";
import fc from "fast-check";
import { resourcesSchema } from "../../../config/agent/containerWords";
import { parseQuantity } from "../../../config/quantity";
import { mergeResources } from "../../../config/mergeResources";
import { describeIssues } from "../../../lib/text/describeIssues";

const DEFAULTS = { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } };

describe("mergeResources", () => {
    it("takes each value from the last layer that has it", () => {
        assert.deepEqual(
            mergeResources([
                DEFAULTS,
                { limits: { cpu: "2" } },
                undefined,
                { requests: { memory: "512Mi" } },
            ]),
            { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
        );
    });

    it("lowers a default request to a limit that people wrote", () => {
        const { requests, limits } = mergeResources([DEFAULTS, { limits: { memory: "128Mi" } }]);
        assert.deepEqual([requests.memory, limits.memory], ["128Mi", "128Mi"]);
    });

    it("raises a default limit to a request that people wrote", () => {
        const { requests, limits } = mergeResources([
            DEFAULTS,
            { requests: { memory: "2Gi", cpu: "1500m" } },
        ]);
        assert.deepEqual(
            [requests, limits],
            [
                { cpu: "1500m", memory: "2Gi" },
                { cpu: "1500m", memory: "2Gi" },
            ],
        );
    });

    it("lets an org's value win over a stack's as over a default", () => {
        const { requests, limits } = mergeResources([
            DEFAULTS,
            { limits: { memory: "128Mi" } },
            { requests: { memory: "512Mi" } },
        ]);
        assert.deepEqual([requests.memory, limits.memory], ["512Mi", "512Mi"]);
    });

    it("never has a request above its limit, and never changes what the last layer says", () => {
        const quantity = fc.constantFrom(
            undefined,
            "1m",
            "0.5",
            "1",
            "1000m",
            "1k",
            "1Ki",
            "2M",
            "1Mi",
            "3G",
        );
        const layer = fc.record({
            requests: fc.record({ cpu: quantity }),
            limits: fc.record({ cpu: quantity }),
        });
        fc.assert(
            fc.property(
                fc.array(
                    layer.filter((one) => resourcesSchema.safeParse(one).success),
                    { minLength: 1, maxLength: 4 },
                ),
                (layers) => {
                    const { requests, limits } = mergeResources(layers);
                    assert.ok(
                        requests.cpu === undefined ||
                            limits.cpu === undefined ||
                            parseQuantity(requests.cpu) <= parseQuantity(limits.cpu),
                    );
                    const last = layers.at(-1);
                    assert.equal(requests.cpu, last?.requests.cpu ?? requests.cpu);
                    assert.equal(limits.cpu, last?.limits.cpu ?? limits.cpu);
                },
            ),
        );
    });
});

describe("resourcesSchema", () => {
    it("refuses a request above its own limit, in whatever units", () => {
        const value = { requests: { cpu: "1500m", memory: "1Gi" }, limits: { cpu: "1", memory: "1074M" } };
        const parsed = resourcesSchema.safeParse(value);
        assert.deepEqual(parsed.success ? [] : describeIssues(parsed.error, value), [
            'requests.cpu: "1500m": expected at most the limit, "1"',
        ]);
    });
});

describe("parseQuantity", () => {
    const table: [string, number][] = [
        ["0", 0],
        ["100m", 0.1],
        ["0.5", 0.5],
        ["2k", 2000],
        ["1.5Gi", 1.5 * 1024 ** 3],
        ["3E", 3e18],
    ];
    for (const [quantity, expected] of table) {
        it(`reads ${quantity} as ${expected}`, () => {
            assert.equal(parseQuantity(quantity), expected);
        });
    }
});
