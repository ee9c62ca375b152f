import assert from "node:assert/strict";
import fc from "fast-check";
import { type Origin, mergeProfiles } from "../../../../config/agent/mergeProfiles";
import type { Profile } from "../../../../config/agent/profileSchema";

const FAR: Origin = { layer: "runtime", file: "Pulumi.yaml" };
const NEAR: Origin = { layer: "agent", file: "orgs/prod/acme.yaml" };

function merge(far: Profile, near: Profile) {
    return mergeProfiles([
        { origin: FAR, profile: far },
        { origin: NEAR, profile: near },
    ]);
}

describe("mergeProfiles", () => {
    it("takes a word from the nearest layer that says it", () => {
        const { profile, origins } = merge({ replicas: 1, minReadySeconds: 5 }, { replicas: 3 });
        assert.deepEqual(profile, { replicas: 3, minReadySeconds: 5 });
        assert.deepEqual(
            [...origins],
            [
                ["replicas", NEAR],
                ["minReadySeconds", FAR],
            ],
        );
    });

    it("merges maps by their names, and takes lists and structures whole", () => {
        const { profile, origins } = merge(
            {
                env: { A: "1", B: "1" },
                nodeSelector: { pool: "agents" },
                args: ["far", "two"],
                probes: { readiness: { tcpSocket: { port: 1 } }, liveness: { tcpSocket: { port: 2 } } },
                volumes: { scratch: { mountPath: "/tmp", emptyDir: {} } },
            },
            {
                env: { B: "2", C: "2" },
                args: ["near"],
                probes: { readiness: { httpGet: { path: "/", port: 3 } } },
                volumes: { state: { mountPath: "/state", claim: { size: "1Gi" } } },
            },
        );
        assert.deepEqual(profile.env, { A: "1", B: "2", C: "2" });
        assert.deepEqual(profile.args, ["near"]);
        assert.deepEqual(profile.probes, {
            readiness: { httpGet: { path: "/", port: 3 } },
            liveness: { tcpSocket: { port: 2 } },
        });
        assert.deepEqual(Object.keys(profile.volumes ?? {}), ["scratch", "state"]);
        assert.deepEqual([origins.get("env.A"), origins.get("env.B")], [FAR, NEAR]);
        assert.deepEqual([origins.get("probes.readiness"), origins.get("probes.liveness")], [NEAR, FAR]);
        assert.deepEqual(origins.get("nodeSelector.pool"), FAR);
    });

    it("lets the nearer way win where two words say one thing", () => {
        const secret = { secret: "s", key: "k" };
        const own = merge({ secretEnv: { X: secret, Y: secret } }, { env: { X: "plain" } });
        assert.deepEqual(own.profile, { secretEnv: { Y: secret }, env: { X: "plain" } });
        assert.equal(own.origins.has("secretEnv.X"), false);
        assert.deepEqual(merge({ replicas: 2 }, { autoscaler: { maxReplicas: 5 } }).profile, {
            autoscaler: { maxReplicas: 5 },
        });
        assert.deepEqual(merge({ autoscaler: { maxReplicas: 5 } }, { replicas: 2 }).profile, { replicas: 2 });
    });

    it("has a far request give way to a near limit, and says that the near layer decided", () => {
        const { profile, origins } = merge(
            { resources: { requests: { memory: "2Gi" }, limits: { memory: "4Gi", "nvidia.com/gpu": "1" } } },
            { resources: { limits: { memory: "1Gi" } } },
        );
        assert.deepEqual(profile.resources, {
            requests: { memory: "1Gi" },
            limits: { memory: "1Gi", "nvidia.com/gpu": "1" },
        });
        assert.deepEqual(origins.get("resources.requests.memory"), NEAR);
        assert.deepEqual(origins.get("resources.limits.nvidia.com/gpu"), FAR);
    });

    it("takes no word for what every object has", () => {
        const { profile } = merge({ env: { constructor: "a" } }, { env: { toString: "b" } });
        assert.deepEqual(Object.entries(profile.env ?? {}), [
            ["constructor", "a"],
            ["toString", "b"],
        ]);
    });

    it("has an origin for every value, and none for what is not there", () => {
        const layer: fc.Arbitrary<Profile> = fc.record(
            {
                replicas: fc.integer({ min: 0, max: 5 }),
                env: fc.dictionary(fc.constantFrom("A", "B"), fc.string()),
                secretEnv: fc.dictionary(fc.constantFrom("A", "B"), fc.constant({ secret: "s", key: "k" })),
            },
            { requiredKeys: [] },
        );
        fc.assert(
            fc.property(fc.array(layer, { maxLength: 4 }), (layers) => {
                const { profile, origins } = mergeProfiles(
                    layers.map((one, index) => ({
                        origin: { layer: "org", path: String(index) },
                        profile: one,
                    })),
                );
                const paths = [
                    ...(profile.replicas === undefined ? [] : ["replicas"]),
                    ...Object.keys(profile.env ?? {}).map((name) => `env.${name}`),
                    ...Object.keys(profile.secretEnv ?? {}).map((name) => `secretEnv.${name}`),
                ];
                assert.deepEqual([...origins.keys()].sort(), paths.sort());
            }),
        );
    });
});
