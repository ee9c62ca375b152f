import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../../lib/text/configError";
import type { Veto } from "../../../config/vetoes";
import { promiseOf } from "../../../components/promiseOf";
import { formatImageReference } from "../../../images/imageReference";
import type { AskRegistry } from "../../../images/resolveDigest";
import { type Pin, pinSchema } from "../../../platform/platformConfig";
import { resolvePins } from "../../../platform/resolvePins";
import type { LiveAgent } from "../../../kube/liveAgent";
import type { LiveAgents } from "../../../kube/readAgents";
import { type LiveAgentChanges, liveAgentOf } from "../../support/liveAgents";
import { type Answers, declareResources } from "../../support/declareResources";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const DIGEST_PIN = { image: `ghcr.io/a/b:sha-1234567@${DIGEST_A}` };

interface Containers {
    readonly [name: string]: string;
}

/** Resolves pins, and every output of them; `live` are the containers of the reference Deployment. */
function resolve(
    pins: Readonly<Record<string, object>>,
    options: {
        ask?: AskRegistry;
        live?: Containers;
        vetoed?: string;
        look?: () => Promise<LiveAgents>;
    } & Pick<Answers, "call"> = {},
) {
    const containers = Object.entries(options.live ?? {}).map(([name, image]) => ({ name, image }));
    const parsed = new Map(
        Object.entries(pins).map(([runtime, pin]): [string, Pin] => [runtime, pinSchema.parse(pin)]),
    );
    const vetoes = new Map<string, Veto>();
    if (options.vetoed !== undefined) {
        const digest = options.vetoed;
        vetoes.set(digest, { digest, reason: "leaks memory", by: "ann", at: "2026-06-21T00:00:00Z" });
    }
    return declareResources(
        async () => {
            const provider = new kubernetes.Provider("cluster", {});
            const ask = options.ask === undefined ? {} : { ask: options.ask };
            const { look } = options;
            const images = await resolvePins(parsed, {
                provider,
                stack: "dev",
                vetoes,
                ...ask,
                ...(look && { look: () => ({ look, now: () => new Date("2026-07-01T12:30:00Z") }) }),
            });
            const all = await promiseOf(pulumi.all(Object.fromEntries(images)));
            return Object.fromEntries(
                Object.entries(all).map(([runtime, { image, ...rest }]) => [
                    runtime,
                    { image: formatImageReference(image), ...rest },
                ]),
            );
        },
        {
            ...(options.live === undefined
                ? {}
                : { live: { [DEPLOYMENT]: { spec: { template: { spec: { containers } } } } } }),
            ...(options.call === undefined ? {} : { call: options.call }),
        },
    );
}

const nobody: AskRegistry = () => assert.fail("asked a registry");

describe("resolvePins: the seed's resolver of the platform's image", () => {
    it("returns the git-SHA-tagged image that the reference Deployment runs, with its digest", async () => {
        const { result } = await resolve(
            { "claude-code": { fromDeployment: {} } },
            { live: { agent: "ghcr.io/a/b:sha-19f3175" }, ask: () => Promise.resolve(DIGEST_B) },
        );
        assert.deepEqual(await result, {
            "claude-code": { image: `ghcr.io/a/b:sha-19f3175@${DIGEST_B}`, release: "sha-19f3175" },
        });
    });

    for (const image of [
        "ghcr.io/a/b:latest",
        "ghcr.io/a/b:LATEST",
        "ghcr.io/a/b",
        "ghcr.io/a/b:stable",
        "a b",
    ]) {
        it(`refuses a reference Deployment on "${image}": pinning to it would look like it works and solve nothing`, async () => {
            const { result } = await resolve(
                { "claude-code": { fromDeployment: {} } },
                { live: { agent: image }, ask: nobody },
            );
            await assert.rejects(result, (error: Error) => {
                assert.match(error.message, /platform\/Pulumi\.dev\.yaml: platform:runtimes\.claude-code: /);
                assert.ok(
                    error.message.includes(`the Deployment "agents/agent-ceo" runs "${image}": `),
                    error.message,
                );
                assert.match(error.message, /Nothing can be pinned to it; roll that Deployment to a digest/);
                return true;
            });
        });
    }

    it("refuses a vetoed digest: of a pin, of a tag that was resolved, and of a reference Deployment", async () => {
        const live = { agent: "ghcr.io/a/b:sha-19f3175" };
        const ask = () => Promise.resolve(DIGEST_B);
        for (const [pin, wayOut] of [
            [{ image: `ghcr.io/a/b:sha-19f3175@${DIGEST_B}` }, '"fleet rollback" pins what was there before'],
            [{ image: "ghcr.io/a/b:sha-19f3175" }, '"fleet rollback" pins what was there before'],
            [
                { fromDeployment: {} },
                "roll that Deployment to another image first, or pin the runtime by digest",
            ],
        ] as const) {
            const { result } = await resolve({ "claude-code": pin }, { live, ask, vetoed: DIGEST_B });
            await assert.rejects(result, (error: Error) => {
                assert.ok(
                    error.message.includes(
                        `"ghcr.io/a/b:sha-19f3175@${DIGEST_B}" is refused: its digest was vetoed by ann at ` +
                            `2026-06-21T00:00:00Z: leaks memory (platform/vetoes.yaml); ${wayOut}`,
                    ),
                    error.message,
                );
                assert.match(error.message, /platform\/Pulumi\.dev\.yaml: platform:runtimes\.claude-code: /);
                return true;
            });
        }
        const { result } = await resolve({ "claude-code": DIGEST_PIN }, { ask, vetoed: DIGEST_B });
        assert.equal((await result)["claude-code"]?.image, DIGEST_PIN.image);
    });

    it("fails when the reference Deployment is missing, and declares nothing", async () => {
        const { resources, result } = await resolve(
            { "claude-code": { fromDeployment: {} } },
            { ask: nobody },
        );
        await assert.rejects(result, /"agents\/agent-ceo" does not exist/);
        assert.deepEqual(
            resources.map(({ type }) => type),
            ["pulumi:providers:kubernetes", DEPLOYMENT],
        );
    });

    it("fails when the reference Deployment lacks the container, and names those that it has", async () => {
        const { result } = await resolve(
            { "claude-code": { fromDeployment: {} } },
            { live: { main: "a/b:latest", proxy: "c/d:v1" }, ask: nobody },
        );
        await assert.rejects(
            result,
            /runtimes\.claude-code: the Deployment "agents\/agent-ceo" has no container "agent", expected one of "main", "proxy"/,
        );
    });

    it("reads the namespace, the deployment and the container that it is told, and by default agents/agent-ceo, agent", async () => {
        const live = { agent: `ghcr.io/a/b@${DIGEST_A}`, worker: `ghcr.io/a/c@${DIGEST_B}` };
        const { resources, result } = await resolve(
            {
                "claude-code": { fromDeployment: {} },
                other: {
                    fromDeployment: { namespace: "core", deployment: "agent-cto", container: "worker" },
                },
            },
            { live, ask: nobody },
        );
        const images = await result;
        assert.deepEqual([images["claude-code"]?.image, images["other"]?.image], [live.agent, live.worker]);
        assert.deepEqual(
            resources.filter(({ type }) => type === DEPLOYMENT).map(({ read, provider }) => [read, provider]),
            [
                ["agents/agent-ceo", "cluster"],
                ["core/agent-cto", "cluster"],
            ],
        );
    });

    describe("of which the cluster says what it really runs", () => {
        const image = `ghcr.io/a/b:sha-19f3175@${DIGEST_B}`;
        const pinTo = async (live: LiveAgent | undefined) => {
            const { result } = await resolve(
                { "claude-code": { fromDeployment: {} } },
                {
                    live: { agent: "ghcr.io/a/b:sha-19f3175" },
                    ask: () => Promise.resolve(DIGEST_B),
                    look: () => Promise.resolve(new Map(live && [["agents/agent-ceo", live]])),
                },
            );
            return result;
        };
        const written = "ghcr.io/a/b:sha-19f3175";

        it("takes its image where its rollout is over and every pod runs the image's digest", async () => {
            const images = await pinTo(liveAgentOf({ image: written, imageID: image }));
            assert.equal(images["claude-code"]?.image, image);
        });

        const refused: readonly [string, Omit<LiveAgentChanges, "image"> | undefined, RegExp][] = [
            ["is missing", undefined, /its Deployment is not there/],
            ["has 0 replicas", { deployment: { replicas: 0 }, pods: 0 }, /it has 0 replicas/],
            ["is being deleted", { deployment: { deleting: true } }, /its Deployment is being deleted/],
            [
                "has not finished its rollout",
                { deployment: { updatedReplicas: 0 } },
                /its rollout has not finished/,
            ],
            [
                "gave its rollout up",
                {
                    deployment: {
                        conditions: {
                            Progressing: { status: "False", reason: "ProgressDeadlineExceeded", message: "" },
                        },
                    },
                },
                /its rollout made no progress \(ProgressDeadlineExceeded\)/,
            ],
            [
                "runs another digest",
                { imageID: `ghcr.io/a/b@${DIGEST_A}` },
                new RegExp(`the pod "agent-coder-1" runs "${DIGEST_A}"`),
            ],
        ];
        for (const [what, changes, why] of refused) {
            it(`refuses one that ${what}, and says where that is mended`, async () => {
                const live = changes && liveAgentOf({ image: written, imageID: image, ...changes });
                await assert.rejects(pinTo(live), (error: Error) => {
                    assert.match(
                        error.message,
                        /platform\/Pulumi\.dev\.yaml: platform:runtimes\.claude-code: the Deployment "agents\/agent-ceo" cannot be pinned to: /,
                    );
                    assert.match(error.message, why);
                    return true;
                });
            });
        }

        it("refuses one whose pods cannot be read", async () => {
            const { result } = await resolve(
                { "claude-code": { fromDeployment: {} } },
                { live: { agent: image }, look: () => Promise.reject(new Error("timeout")) },
            );
            await assert.rejects(result, /what its pods run cannot be read: timeout/);
        });
    });
});

describe("resolvePins", () => {
    it("keeps a digest with its tag, release and time, and asks nobody", async () => {
        const pin = { ...DIGEST_PIN, release: "v2", promotedAt: "2026-06-21T10:19:30Z" };
        const { resources, result } = await resolve({ "claude-code": pin }, { ask: nobody });
        assert.deepEqual(await result, { "claude-code": pin });
        assert.equal(resources.length, 1, "only the given provider");
    });

    it("names a release that nobody named by the tag, else by the start of the digest", async () => {
        const { result } = await resolve(
            { a: DIGEST_PIN, b: { image: `ghcr.io/a/b@${DIGEST_A}` } },
            { ask: nobody },
        );
        const { a, b } = await result;
        assert.deepEqual([a?.release, b?.release], ["sha-1234567", "sha256:aaaaaaaaaaaa"]);
    });

    it("asks a registry for a git-SHA tag's digest", async () => {
        const { result } = await resolve(
            { a: { image: "ghcr.io/a/b:sha-1234567" } },
            { ask: (image) => Promise.resolve(image === "ghcr.io/a/b:sha-1234567" ? DIGEST_B : "") },
        );
        assert.equal((await result)["a"]?.image, `ghcr.io/a/b:sha-1234567@${DIGEST_B}`);
    });

    it("reports all tags that cannot be resolved in one error, each with its runtime and why", async () => {
        const why: Readonly<Record<string, string>> = {
            "ghcr.io/a/a:sha-1234567": "Cannot connect to the Docker daemon at unix:///var/run/docker.sock",
            "ghcr.io/a/b:sha-1234567": "dial tcp: lookup ghcr.io: no such host",
            "ghcr.io/a/c:sha-1234567": "no resource plugin 'pulumi-resource-docker' found",
            "ghcr.io/a/d:sha-1234567": "401 Unauthorized",
            "ghcr.io/a/e:sha-1234567": "404 Not Found",
        };
        const pins = Object.fromEntries(
            Object.keys(why).map((image, index) => [`runtime-${index}`, { image }]),
        );
        const { resources, result } = await resolve(
            { ...pins, good: DIGEST_PIN },
            { ask: (image) => Promise.reject(new Error(why[image])) },
        );
        await assert.rejects(result, (error) => {
            assert.ok(error instanceof ConfigError);
            const expected = [
                /no Docker daemon answers/,
                /the registry "ghcr\.io" cannot be reached/,
                /the Pulumi plugin "docker" is not installed/,
                /the registry "ghcr\.io" refused the credentials/,
                /the registry "ghcr\.io" has no such image/,
            ];
            assert.equal(error.problems.length, expected.length);
            expected.forEach((message, index) => {
                const problem = error.problems[index] ?? "";
                assert.ok(
                    problem.startsWith(`platform/Pulumi.dev.yaml: platform:runtimes.runtime-${index}: `),
                    problem,
                );
                assert.match(problem, message);
            });
            return true;
        });
        assert.equal(resources.length, 1, "only the given provider");
    });

    it("names runtime and Deployment when the tag that it runs cannot be resolved", async () => {
        const { result } = await resolve(
            { "claude-code": { fromDeployment: {} } },
            {
                live: { agent: "ghcr.io/a/b:sha-1234567" },
                ask: () => Promise.reject(new Error("404 Not Found")),
            },
        );
        await assert.rejects(
            result,
            /platform:runtimes\.claude-code: the Deployment "agents\/agent-ceo": The digest of "ghcr\.io\/a\/b:sha-1234567" could not be read: .* has no such image/,
        );
    });

    it("asks through the docker provider when nobody else is given", async () => {
        const questions: unknown[] = [];
        const { result } = await resolve(
            { a: { image: "ghcr.io/a/b:sha-1234567" } },
            {
                call: (token, inputs) => {
                    questions.push([token, inputs["name"]]);
                    return { ...inputs, sha256Digest: DIGEST_B };
                },
            },
        );
        assert.equal((await result)["a"]?.image, `ghcr.io/a/b:sha-1234567@${DIGEST_B}`);
        assert.deepEqual(questions, [
            ["docker:index/getRegistryImage:getRegistryImage", "ghcr.io/a/b:sha-1234567"],
        ]);
    });

    it("loads @pulumi/docker for a tag, and not for digests", () => {
        // In a process of its own: what another test has loaded stays loaded.
        const script = path.join(PACKAGE_ROOT, "test/support/whenDockerIsLoaded.ts");
        const answer = execFileSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
        // Without an engine, what is said about the tag goes to standard output too.
        assert.deepEqual(JSON.parse(answer.trim().split("\n").at(-1) ?? ""), {
            atStart: false,
            afterDigest: false,
            afterTag: true,
        });
    });
});
