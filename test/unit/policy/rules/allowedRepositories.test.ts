import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RuleConfigError } from "../../../../policy/ruleConfig";
import { allowedRepositories } from "../../../../policy/rules/allowedRepositories";
import { findingsOf, kindsOf } from "../../../support/policy/findingsOf";

const pod = (image: unknown) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image }], volumes: [] },
});

const isAllowed = (image: string, ...repositories: string[]) =>
    kindsOf(allowedRepositories, [pod(image)], { repositories }).length === 0;

describe("allowed-repositories", () => {
    it("allows every repository as long as none is listed", () => {
        assert.deepEqual(findingsOf(allowedRepositories, [pod("evil.com/x:1")]), []);
    });

    it("allows a path and what is below it, on boundaries only", () => {
        assert.ok(isAllowed("ghcr.io/acme:1", "ghcr.io/acme"));
        assert.ok(isAllowed("ghcr.io/acme/x/y:1", "ghcr.io/acme"));
        assert.ok(isAllowed("ghcr.io/acme/x:1", "ghcr.io/acme/"));
        for (const image of [
            "ghcr.io/acme-evil/x:1",
            "ghcr.io/acmeevil:1",
            "ghcr.io/acm:1",
            "ghcr.io/x/acme/y:1",
            "acme/x:1",
            "ghcr.io.evil.com/acme/x:1",
            "ghcr.io:5000/acme/x:1",
        ]) {
            assert.ok(!isAllowed(image, "ghcr.io/acme"), image);
        }
    });

    it("allows a whole registry, with its port", () => {
        assert.ok(isAllowed("ghcr.io/a/b:1", "ghcr.io"));
        assert.ok(isAllowed("registry.example.com:5000/a:1", "registry.example.com:5000"));
        assert.ok(isAllowed("localhost:5000/a:1", "localhost:5000"));
        assert.ok(!isAllowed("registry.example.com/a:1", "registry.example.com:5000"));
        assert.ok(!isAllowed("ghcr.io.evil.com/a:1", "ghcr.io"));
    });

    it("knows every way to write Docker Hub", () => {
        for (const image of [
            "nginx",
            "library/nginx",
            "docker.io/nginx",
            "docker.io/library/nginx",
            "index.docker.io/library/nginx:1",
        ]) {
            for (const repository of [
                "nginx",
                "docker.io/library/nginx",
                "docker.io/nginx",
                "docker.io/library",
                "docker.io",
            ]) {
                assert.ok(isAllowed(image, repository), `${image} in ${repository}`);
            }
        }
        assert.ok(isAllowed("acme/app:1", "docker.io/acme"));
        assert.ok(!isAllowed("acme/app:1", "docker.io/library"));
        assert.ok(!isAllowed("nginx-evil", "nginx"));
    });

    it("compares host names without case, and paths with", () => {
        assert.ok(isAllowed("GHCR.io/acme/x:1", "ghcr.io/acme"));
        assert.ok(!isAllowed("ghcr.io/Acme/x:1", "ghcr.io/acme"));
    });

    it("does not allow what it cannot read", () => {
        const [finding] = findingsOf(allowedRepositories, [pod("ghcr.io/acme/x:${TAG}")], {
            repositories: ["ghcr.io/acme"],
        });
        assert.equal(finding?.kind, "violation");
        assert.match(finding.why ?? "", /unexpanded variable/);
    });

    it("refuses a list that allows nothing, and what is no repository", () => {
        for (const repositories of [
            [],
            ["ghcr.io/acme:1"],
            ["ghcr.io/*"],
            ["https://ghcr.io"],
            [""],
            "ghcr.io",
        ]) {
            assert.throws(
                () => findingsOf(allowedRepositories, [], { repositories }),
                RuleConfigError,
                JSON.stringify(repositories),
            );
        }
    });
});
