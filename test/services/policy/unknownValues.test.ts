import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { BAD_IMAGE, GOOD_IMAGE } from "../../support/policy/corpus/readCorpus";
import type { Resource } from "../../support/policy/policyPackService";
import { usePolicyPack } from "../../support/policy/usePolicyPack";

/** What the engine sends for a value that a preview does not know: sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi. */
const UNKNOWN = {
    string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
} as const;

/** How the engine wraps a secret. */
const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value,
});

const deployment = (podSpec: unknown): Resource => ({
    type: "kubernetes:apps/v1:Deployment",
    name: "p",
    props: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "p" },
        spec: { template: { spec: podSpec } },
    },
});

const rollout = (podSpec: unknown): Resource => ({
    type: "kubernetes:argoproj.io/v1alpha1:Rollout",
    name: "p",
    props: {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Rollout",
        metadata: { name: "p" },
        spec: { template: { spec: podSpec } },
    },
});

describe("values that a preview does not know", () => {
    const service = usePolicyPack();

    async function summary(resource: Resource): Promise<string[]> {
        const diagnostics = await service().analyze(resource);
        return diagnostics.map(({ level, message }) => {
            const path = /path: {2}(.*)/.exec(message)?.[1] ?? message;
            return `${level} ${/unknown/.test(message) ? "unknown " : ""}${path}`;
        });
    }

    for (const [kind, make] of [
        ["built-in kind", deployment],
        ["custom resource", rollout],
    ] as const) {
        describe(`in a ${kind}`, () => {
            it("are said to be unknown, and are no violation", async () => {
                assert.deepEqual(
                    await summary(make({ containers: [{ name: "a", image: UNKNOWN.string }] })),
                    ["advisory unknown spec.template.spec.containers[0].image"],
                );
            });

            it("do not hide the known containers before and behind them", async () => {
                const containers = [
                    { name: "a", image: BAD_IMAGE },
                    { name: "b", image: UNKNOWN.string },
                    { name: "c", image: BAD_IMAGE },
                    { name: "d", image: GOOD_IMAGE },
                    { name: "e", image: UNKNOWN.string },
                ];
                assert.deepEqual((await summary(make({ containers }))).sort(), [
                    "advisory unknown spec.template.spec.containers[1].image",
                    "advisory unknown spec.template.spec.containers[4].image",
                    "mandatory spec.template.spec.containers[0].image",
                    "mandatory spec.template.spec.containers[2].image",
                ]);
            });

            it("are reported where a whole container, list or pod spec is unknown", async () => {
                const containers = [UNKNOWN.object, { name: "b", image: BAD_IMAGE }];
                assert.deepEqual(
                    (await summary(make({ initContainers: UNKNOWN.array, containers }))).sort(),
                    [
                        "advisory unknown spec.template.spec.containers[0]",
                        "advisory unknown spec.template.spec.initContainers",
                        "mandatory spec.template.spec.containers[1].image",
                    ],
                );
                assert.deepEqual(await summary(make(UNKNOWN.object)), [
                    "advisory unknown spec.template.spec",
                ]);
            });

            it("do not matter where they are no images", async () => {
                const containers = [
                    {
                        name: UNKNOWN.string,
                        image: GOOD_IMAGE,
                        env: [{ name: "A", value: UNKNOWN.string }],
                        args: UNKNOWN.array,
                    },
                ];
                assert.deepEqual(
                    await summary(make({ containers, nodeName: UNKNOWN.string, tolerations: UNKNOWN.array })),
                    [],
                );
            });
        });
    }

    it("are reported in a list, for whichever of its items they stand", async () => {
        const known = deployment({ containers: [{ name: "a", image: BAD_IMAGE }] }).props;
        const list = { apiVersion: "apps/v1", kind: "DeploymentList" };
        for (const [items, ...expected] of [
            [UNKNOWN.array],
            [
                [known, UNKNOWN.object, UNKNOWN.object],
                "mandatory items[0].spec.template.spec.containers[0].image",
            ],
        ] as const) {
            const said = await summary({
                type: "kubernetes:apps/v1:DeploymentList",
                name: "p",
                props: { ...list, items },
            });
            assert.deepEqual(said, [...expected, "advisory items"]);
        }
    });

    it("are reported in an image volume", async () => {
        const volumes = [
            { name: "v", image: { reference: UNKNOWN.string } },
            { name: "w", image: { reference: BAD_IMAGE } },
        ];
        assert.deepEqual(await summary(deployment({ containers: [], volumes })), [
            "advisory unknown spec.template.spec.volumes[0].image.reference",
            "mandatory spec.template.spec.volumes[1].image.reference",
        ]);
    });

    it("are reported within a secret", async () => {
        const containers = [{ name: "a", image: secret(UNKNOWN.string) }];
        assert.deepEqual(await summary(deployment({ containers })), [
            "advisory unknown spec.template.spec.containers[0].image",
        ]);
    });

    it("do not stop a namespace-bound exemption from being undecided rather than refused", async () => {
        const exemption = {
            repository: "ghcr.io/acme",
            namespace: "legacy",
            owner: "a",
            reason: "b",
            expires: "2999-12-31",
        };
        await service().configure({ "require-immutable-images": { exemptions: [exemption] } });
        const resource = deployment({ containers: [{ name: "a", image: BAD_IMAGE }] });
        const metadata = { name: "p", namespace: UNKNOWN.string };
        const undecided = { ...resource, props: { ...resource.props, metadata } };
        assert.deepEqual(await summary(undecided), [
            "advisory unknown spec.template.spec.containers[0].image",
        ]);
    });

    it("judges a secret image by its value", async () => {
        assert.deepEqual(
            await summary(deployment({ containers: [{ name: "a", image: secret(BAD_IMAGE) }] })),
            ["mandatory spec.template.spec.containers[0].image"],
        );
        assert.deepEqual(
            await summary(deployment(secret({ containers: [{ name: "a", image: GOOD_IMAGE }] }))),
            [],
        );
    });
});
