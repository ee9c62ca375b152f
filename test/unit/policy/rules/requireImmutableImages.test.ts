import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { immutableImageSchema } from "../../../../images/imageSchemas";
import { requireImmutableImages } from "../../../../policy/rules/requireImmutableImages";
import { findingsOf } from "../../../support/policy/findingsOf";

const pod = (image: unknown): object => ({
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers: [{ name: "c", image }] },
});
const say = (manifest: object, config = {}) => findingsOf(requireImmutableImages, [manifest], config);

describe("require-immutable-images", () => {
    it("cannot tell few digits from a counter, says so and asks for a digest", () => {
        const [finding] = say(pod("ghcr.io/acme/agent:4711234"));
        assert.equal(finding?.kind, "unknown");
        assert.match(finding.why ?? "", /digits only/);
        assert.match(finding.fix ?? "", /^image: "ghcr\.io\/acme\/agent@sha256:<digest>"/);
    });

    it("refuses few digits where they are about to be deployed, as both programs do", () => {
        const image = "ghcr.io/acme/agent:4711234";
        const [finding] = findingsOf(requireImmutableImages, [pod(image)], {}, { deploying: true });
        assert.equal(finding?.kind, "violation");
        assert.equal(immutableImageSchema.safeParse(image).success, false);
    });

    it("proposes a prefix where a branch stands before the SHA", () => {
        assert.match(say(pod("a/b:main-abc1234"))[0]?.why ?? "", /add "main-" to "shaPrefixes"/);
        assert.match(say(pod("a/b:v1.2.3-abc1234"))[0]?.why ?? "", /"versionSha": true/);
    });

    for (const tag of ["main-abc1234-1699999999", "main-1699999999", "abc1234-def5678", "pr-20260131"]) {
        it(`proposes no prefix that lets every build through: ${tag}`, () => {
            assert.doesNotMatch(say(pod(`a/b:${tag}`))[0]?.why ?? "", /shaPrefixes/);
        });
    }

    for (const [what, spec] of [
        ["containers as a map", { containers: { c: { image: "nginx:latest" } } }],
        ["containers as text", { containers: "nginx:latest" }],
        ["a pod spec as a list", [{ containers: [] }]],
        ["a pod spec as text", "nginx"],
        [
            "volumes as a map",
            { containers: [], volumes: { tools: { image: { reference: "nginx:latest" } } } },
        ],
        ["volumes as containers", { containers: [], initContainers: { image: "nginx:latest" } }],
    ] as const) {
        it(`says that it cannot judge ${what}`, () => {
            const deployment = { apiVersion: "apps/v1", kind: "Deployment", spec: { template: { spec } } };
            assert.deepEqual(
                say(deployment).map(({ kind }) => kind),
                ["unknown"],
            );
        });
    }

    it("says that it cannot judge what a stream's tag leads to", () => {
        const from = { kind: "ImageStreamTag", name: "builder:latest" };
        const build = {
            apiVersion: "build.openshift.io/v1",
            kind: "BuildConfig",
            spec: { strategy: { sourceStrategy: { from } } },
        };
        const [finding] = say(build);
        assert.deepEqual(
            [finding?.kind, finding?.path],
            ["unknown", "spec.strategy.sourceStrategy.from.name"],
        );
    });

    it("says that a list whose items are no list cannot be judged", () => {
        assert.deepEqual(
            say({ apiVersion: "v1", kind: "List", items: { a: pod("nginx") } }).map(({ kind }) => kind),
            ["unknown"],
        );
        assert.deepEqual(say({ apiVersion: "v1", kind: "List", items: null }), []);
    });

    it("judges the tag that stands beside a pulled image", () => {
        const thing = (worker: object) => ({ apiVersion: "example.com/v1", kind: "Thing", spec: { worker } });
        const beside = { image: "ghcr.io/acme/w", imagePullPolicy: "Always" };
        assert.match(say(thing({ ...beside, tag: "v1" }))[0]?.summary ?? "", /"ghcr\.io\/acme\/w:v1"/);
        assert.deepEqual(say(thing({ ...beside, tag: `sha256:${"a".repeat(64)}` })), []);
        assert.deepEqual(say(thing({ ...beside, tag: "v1", digest: "x" })), []);
        assert.equal(say(thing({ ...beside, repository: "acme/source" })).length, 1);
    });

    it("proposes a digest as a kustomization writes it", () => {
        const kustomization = {
            apiVersion: "kustomize.config.k8s.io/v1beta1",
            kind: "Kustomization",
            images: [{ name: "web", newTag: "v2" }],
        };
        assert.match(say(kustomization)[0]?.fix ?? "", /^digest: "sha256:<digest>"/);
    });
});
