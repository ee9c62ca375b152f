import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { splitPath } from "../../policy/check/splitPath";
import { type CheckedObject, objectsOfManifest } from "../../policy/kubernetes/checkedObject";
import { findImages } from "../../policy/kubernetes/findImages";
import { UNKNOWN } from "../../policy/kubernetes/readField";
import { requireImmutableImages } from "../../policy/rules/requireImmutableImages";

const KEYS = [
    "spec",
    "template",
    "containers",
    "initContainers",
    "image",
    "name",
    "volumes",
    "reference",
    "steps",
    "container",
    "script",
    "sidecars",
    "env",
    "status",
    "metadata",
    "items",
    "kind",
    "apiVersion",
    "a.b",
    "__proto__",
    "length",
    "constructor",
    "command",
];

const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const leaf = fc.oneof(
    fc.constantFrom<unknown>(
        null,
        true,
        0,
        "",
        "nginx:latest",
        "nginx:abc1234",
        "v1",
        "apps/v1",
        "Deployment",
        "Pod",
        UNKNOWN_STRING,
    ),
    fc.string({ maxLength: 5 }),
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
        { maxDepth: 8, depthSize: "medium" },
        leaf,
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...KEYS), tie("tree"), { maxKeys: 5, noNullPrototype: true }),
    ),
}));

const manifest = fc
    .tuple(
        fc.constantFrom(
            ["v1", "Pod"],
            ["apps/v1", "Deployment"],
            ["batch/v1", "CronJob"],
            ["v1", "List"],
            ["example.com/v1", "Thing"],
            ["argoproj.io/v1alpha1", "Workflow"],
            ["tekton.dev/v1", "Task"],
            ["v1", "ConfigMap"],
        ),
        fc.dictionary(fc.constantFrom("spec", "template", "metadata", "status", "items", "data"), tree, {
            maxKeys: 4,
            noNullPrototype: true,
        }),
    )
    .map(([[apiVersion, kind], fields]) => ({ ...fields, apiVersion, kind }));

const objectsOf = (value: object): CheckedObject[] => objectsOfManifest(value, "m") ?? [];

describe("fuzz: objects", () => {
    it("of any shape are walked without a crash, and every place found is there, in 15,000 cases", () => {
        let found = 0;
        fc.assert(
            fc.property(manifest, (value) => {
                for (const object of objectsOf(value)) {
                    for (const { path, image, whyUnjudged } of findImages(object)) {
                        found++;
                        const there = follow(value, splitPath(path));
                        if (whyUnjudged !== undefined) {
                            // What has another shape than Kubernetes reads there is named, and not taken for an image.
                            assert.ok(there !== undefined, path);
                            continue;
                        }
                        assert.ok(
                            image === UNKNOWN
                                ? there === UNKNOWN_STRING
                                : there === image || image === undefined,
                            path,
                        );
                    }
                    const config = requireImmutableImages.config.parse({});
                    requireImmutableImages.checkObject(object, config, { now: new Date(0) });
                }
            }),
            { numRuns: 15_000 },
        );
        assert.ok(found > 1_000, `only ${found} images were found in all cases`);
    }).timeout(120_000);

    it("have every pod spec found that is put anywhere into a custom resource", () => {
        const step = fc.oneof(
            fc.constantFrom("spec", "template", "jobs", "x.y", "podSpec", "workers"),
            fc.nat(3),
        );
        fc.assert(
            fc.property(tree, fc.array(step, { maxLength: 12 }), (around, steps) => {
                const podSpec: unknown = { containers: [{ name: "c", image: "nginx:planted" }] };
                const planted = steps.reduceRight<unknown>(
                    (inner, key) =>
                        typeof key === "number"
                            ? [...Array<null>(key).fill(null), inner]
                            : { around, [key]: inner },
                    podSpec,
                );
                const [object] = objectsOf({ apiVersion: "example.com/v1", kind: "Thing", spec: planted });
                assert.ok(object !== undefined);
                const images = findImages(object).map(({ image }) => image);
                assert.equal(images.filter((image) => image === "nginx:planted").length, 1);
            }),
            { numRuns: 5_000 },
        );
    }).timeout(120_000);

    it("are walked in linear time, however deep or wide they are", () => {
        let deep: unknown = { containers: [{ name: "c", image: "nginx" }] };
        for (let level = 0; level < 20_000; level++) {
            deep = level % 2 === 0 ? { spec: deep } : [deep];
        }
        const wide = {
            a: Array.from({ length: 20_000 }, (_, index) => ({
                containers: [{ name: `c${index}`, image: "nginx" }],
            })),
        };
        const started = performance.now();
        for (const [spec, images] of [
            [deep, 1],
            [wide, 20_000],
        ] as const) {
            const [object] = objectsOf({ apiVersion: "example.com/v1", kind: "Thing", spec });
            assert.ok(object !== undefined);
            assert.equal(findImages(object).length, images);
        }
        assert.ok(performance.now() - started < 5_000);
    });

    it("that no API server would store are said to be too large", () => {
        const circle: Record<string, unknown> = {};
        circle["again"] = [circle, circle];
        const [object] = objectsOf({ apiVersion: "example.com/v1", kind: "Thing", spec: circle });
        assert.ok(object !== undefined);
        assert.throws(() => findImages(object), /it has more than 500000 fields/);
    });
});

function follow(value: unknown, keys: readonly (string | number)[]): unknown {
    return keys.reduce<unknown>(
        (at, key) =>
            typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[key] : undefined,
        value,
    );
}
