import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RuleConfigError } from "../../../../policy/ruleConfig";
import { requirePlatformImage } from "../../../../policy/rules/requirePlatformImage";
import { findingsOf, kindsOf } from "../../../support/policy/findingsOf";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const PIN = `ghcr.io/genbrain/claude-code:sha-19f3175@${digest("a")}`;
const CONFIG = {
    runtimeImages: {
        schemaVersion: 1,
        runtimes: {
            "claude-code": { image: PIN, release: "v0.3.43" },
            "platform-agent": { image: `ghcr.io/genbrain/platform-agent@${digest("b")}`, release: "v0.3.43" },
        },
    },
};

interface AgentOptions {
    readonly namespace?: string;
    readonly name?: string;
    readonly container?: string;
    readonly runtime?: string;
    readonly annotations?: object;
}

const agent = (image: string, options: AgentOptions = {}) => {
    const {
        namespace = "org-acme",
        name = "agent-main",
        container = "agent",
        runtime = "claude-code",
        annotations = {},
    } = options;
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: {
            name,
            namespace,
            labels: runtime === "" ? {} : { "customer-orgs/runtime": runtime },
            annotations,
        },
        spec: {
            template: {
                spec: {
                    initContainers: [{ name: "gate", image: "x" }],
                    containers: [{ name: container, image }],
                },
            },
        },
    };
};

describe("require-platform-image", () => {
    it("accepts the pinned digest, with its tag, without, and with another", () => {
        const repository = "ghcr.io/genbrain/claude-code";
        for (const image of [PIN, `${repository}@${digest("a")}`, `${repository}:x@${digest("a")}`]) {
            assert.deepEqual(findingsOf(requirePlatformImage, [agent(image)], CONFIG), []);
        }
    });

    it("refuses another digest, repository, runtime's pin, or a tag, and proposes the pin", () => {
        for (const image of [
            `ghcr.io/genbrain/claude-code@${digest("c")}`,
            `ghcr.io/genbrain-evil/claude-code@${digest("a")}`,
            `ghcr.io/genbrain/platform-agent@${digest("b")}`,
            "ghcr.io/genbrain/claude-code:sha-19f3175",
            "not an image",
        ]) {
            const [finding, ...rest] = findingsOf(requirePlatformImage, [agent(image)], CONFIG);
            assert.deepEqual(rest, []);
            assert.equal(finding?.kind, "violation");
            assert.equal(finding.path, "spec.template.spec.containers[0].image");
            assert.equal(finding.fix, `image: "${PIN}"`);
        }
    });

    it("accepts a declared override and a last resort, which other rules judge", () => {
        for (const source of ["agent-override", "org-override", "stack-override", "last-resort"]) {
            const annotations = { "customer-orgs/image-source": source };
            assert.deepEqual(
                findingsOf(requirePlatformImage, [agent(`a@${digest("c")}`, { annotations })], CONFIG),
                [],
            );
        }
    });

    it("takes no other word for an override", () => {
        for (const source of ["pin", "Override", ""]) {
            const annotations = { "customer-orgs/image-source": source };
            assert.deepEqual(
                kindsOf(requirePlatformImage, [agent(`a@${digest("c")}`, { annotations })], CONFIG),
                ["violation"],
            );
        }
    });

    it("refuses an agent whose runtime is not labelled or has no pin", () => {
        for (const runtime of ["", "gpt"]) {
            const [finding] = findingsOf(requirePlatformImage, [agent(PIN, { runtime })], CONFIG);
            assert.equal(finding?.kind, "violation");
            assert.match(finding.fix ?? "", /"claude-code", "platform-agent"/);
        }
    });

    it("finds an agent by its container's name or by its Deployment's", () => {
        const other = `a@${digest("c")}`;
        assert.deepEqual(
            kindsOf(requirePlatformImage, [agent(other, { name: "main", container: "agent-main" })], CONFIG),
            ["violation"],
        );
        assert.deepEqual(kindsOf(requirePlatformImage, [agent(other, { container: "main" })], CONFIG), [
            "violation",
        ]);
    });

    it("leaves other workloads and other namespaces alone", () => {
        const other = `a@${digest("c")}`;
        assert.deepEqual(
            findingsOf(requirePlatformImage, [agent(other, { namespace: "agents" })], CONFIG),
            [],
        );
        assert.deepEqual(
            findingsOf(requirePlatformImage, [agent(other, { name: "redis", container: "redis" })], CONFIG),
            [],
        );
        assert.deepEqual(
            findingsOf(
                requirePlatformImage,
                [
                    {
                        apiVersion: "v1",
                        kind: "Service",
                        metadata: { name: "agent-main", namespace: "org-acme" },
                    },
                ],
                CONFIG,
            ),
            [],
        );
    });

    it("says that it could not compare where the config has no pins, and never passes silently", () => {
        assert.deepEqual(kindsOf(requirePlatformImage, [agent(PIN)]), ["advice"]);
        assert.deepEqual(kindsOf(requirePlatformImage, [agent(PIN, { namespace: "agents" })]), []);
    });

    it("refuses pins that are no usable output of a platform stack, with every problem", () => {
        const runtimes = { a: { image: "nginx:latest", release: "v1" }, b: { image: PIN, release: "v1" } };
        assert.throws(
            () => findingsOf(requirePlatformImage, [], { runtimeImages: { schemaVersion: 1, runtimes } }),
            (error) =>
                error instanceof RuleConfigError &&
                /runtimeImages\.runtimes\.a\.image: "nginx:latest"/.test(error.message),
        );
        assert.throws(() => findingsOf(requirePlatformImage, [], { runtimeImages: null }), RuleConfigError);
    });

    const withSidecar = (image: string, name = "agent-main", annotations: object = {}) => {
        const deployment = agent(PIN, { name, annotations });
        deployment.spec.template.spec.initContainers.push({ name: "helper", image });
        return deployment;
    };

    it("refuses a sidecar from a pinned runtime's repository on another digest", () => {
        const [finding, ...rest] = findingsOf(
            requirePlatformImage,
            [withSidecar(`ghcr.io/genbrain/platform-agent@${digest("c")}`)],
            CONFIG,
        );
        assert.deepEqual(rest, []);
        assert.equal(finding?.path, "spec.template.spec.initContainers[1].image");
        assert.match(finding.summary, /init container "helper" .* the runtime "platform-agent"/);
    });

    it("accepts a sidecar on a pin, from elsewhere, or beside a declared override", () => {
        for (const manifest of [
            withSidecar(PIN),
            withSidecar(`ghcr.io/genbrain/platform-agent:x@${digest("b")}`),
            withSidecar(`ghcr.io/acme/proxy@${digest("c")}`),
            withSidecar(`ghcr.io/genbrain/claude-code@${digest("c")}`, "agent-main", {
                "customer-orgs/image-source": "agent-override",
            }),
        ]) {
            assert.deepEqual(findingsOf(requirePlatformImage, [manifest], CONFIG), []);
        }
    });

    it("refuses a runtime's image on another digest in a workload that is no agent", () => {
        const job = {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "import", namespace: "org-acme" },
            spec: {
                template: {
                    spec: { containers: [{ name: "c", image: "ghcr.io/genbrain/claude-code:latest" }] },
                },
            },
        };
        assert.deepEqual(kindsOf(requirePlatformImage, [job], CONFIG), ["violation"]);
        assert.deepEqual(kindsOf(requirePlatformImage, [job]), []);
    });
});
