import assert from "node:assert/strict";
import { orgSpecSchema } from "../../../config/orgSpec";
import { describeIssues } from "../../../lib/text/describeIssues";
import { sampleOrg } from "../../support/orgsDirectory";

function problemsOf(value: unknown): string[] {
    const parsed = orgSpecSchema.safeParse(value);
    return parsed.success ? [] : describeIssues(parsed.error, value);
}

const AGENT = { name: "coder", runtime: "claude-code" };
const OVERRIDE = {
    image: `ghcr.io/a/b@sha256:${"a".repeat(64)}`,
    owner: "support",
    reason: "Ticket 4711",
    expires: "2026-12-31",
};

/** The problems of one agent, without the path to it. */
function agentProblems(parts: object): string[] {
    return problemsOf(sampleOrg("acme", { agents: [{ ...AGENT, ...parts }] })).map((problem) =>
        problem.replace("agents[0].", ""),
    );
}

describe("orgSpecSchema", () => {
    it("accepts an org that says everything", () => {
        const full = sampleOrg("acme", {
            agents: [
                {
                    ...AGENT,
                    replicas: 0,
                    resources: {
                        requests: { cpu: "100m", memory: "0.5Gi" },
                        limits: { "ephemeral-storage": "1G" },
                    },
                    env: { LOG_LEVEL: "info", _x: "" },
                    secretEnv: { API_KEY: { secret: "anthropic.v2", key: "api_key.txt", optional: true } },
                    probes: {
                        startup: { exec: { command: ["true"] }, initialDelaySeconds: 1 },
                        readiness: {
                            httpGet: { path: "/readyz?x=1", port: 1, scheme: "HTTPS" },
                            timeoutSeconds: 3600,
                        },
                        liveness: { tcpSocket: { port: 65535 }, failureThreshold: 1000 },
                    },
                    imageOverride: OVERRIDE,
                },
            ],
            imageOverrides: { "claude-code": OVERRIDE },
            quota: { pods: "60", "requests.cpu": "1.5" },
            offboarding: { owner: "sales", reason: "Contract ended" },
        });
        assert.deepEqual(problemsOf(full), []);
    });

    it("accepts an org that has no agents yet where it says so, and takes an empty list for a slip", () => {
        assert.deepEqual(problemsOf(sampleOrg("acme", { agents: "none" })), []);
        assert.deepEqual(orgSpecSchema.parse(sampleOrg("acme", { agents: "none" })).agents, []);
        assert.deepEqual(problemsOf(sampleOrg("acme", { agents: [] })), [
            'agents: a list of 0: expected at least one agent, or "agents: none" for an org without any',
        ]);
        assert.deepEqual(problemsOf(sampleOrg("acme", { agents: undefined })), [
            'agents: nothing: expected a list of agents, or "none"',
        ]);
    });

    const slugs: [string, boolean][] = [
        ["a", true],
        ["1", true],
        ["a-1", true],
        // "org-" and 59 more are the 63 characters of a namespace's name.
        ["a".repeat(59), true],
        ["a".repeat(60), false],
        ["", false],
        ["-a", false],
        ["a-", false],
        ["Acme", false],
        ["a.b", false],
        ["a_b", false],
        ["a/b", false],
        ["../a", false],
        ["a\n", false],
        ["é", false],
    ];
    for (const [slug, good] of slugs) {
        it(`${good ? "accepts" : "refuses"} the slug ${JSON.stringify(slug)}`, () => {
            const problems = problemsOf(sampleOrg(slug)).filter((problem) => problem.startsWith("slug: "));
            assert.equal(problems.length, good ? 0 : 1, problems.join("\n"));
        });
    }

    it("says why a slug or an agent's name is too long", () => {
        assert.deepEqual(
            problemsOf(sampleOrg("s".repeat(60), { agents: [{ ...AGENT, name: "n".repeat(58) }] })),
            [
                `slug: "${"s".repeat(60)}": expected at most 59 characters, since "org-<slug>" must fit in 63`,
                `agents[0].name: "${"n".repeat(58)}": expected at most 57 characters, since "agent-<name>" must fit in 63`,
            ],
        );
        assert.deepEqual(agentProblems({ name: "n".repeat(57) }), []);
    });

    it("refuses unknown keys at every depth", () => {
        const problems = problemsOf(
            sampleOrg("acme", {
                imageOveride: {},
                agents: [
                    {
                        ...AGENT,
                        image: "x",
                        resources: { limit: {}, limits: { gpu: "1" } },
                        secretEnv: { X: { secret: "s", key: "k", value: "v" } },
                        probes: { ready: {}, liveness: { tcpSocket: { port: 1, host: "x" } } },
                    },
                ],
                imageOverrides: { "claude-code": { ...OVERRIDE, until: "x" } },
                quota: { "limits.gpu": "1" },
                offboarding: { owner: "a", reason: "b", when: "c" },
            }),
        );
        for (const path of [
            "imageOveride",
            "agents[0].image",
            "agents[0].resources.limit",
            "agents[0].resources.limits.gpu",
            "agents[0].secretEnv.X.value",
            "agents[0].probes.ready",
            "agents[0].probes.liveness.tcpSocket.host",
            "imageOverrides.claude-code.until",
            "quota.limits.gpu",
            "offboarding.when",
        ]) {
            assert.equal(
                problems.filter((line) => line.startsWith(`${path}: `)).length,
                1,
                `${path}\n${problems.join("\n")}`,
            );
        }
        assert.equal(problems.length, 10);
    });

    it("refuses two agents of one name, and names the first", () => {
        assert.deepEqual(problemsOf(sampleOrg("acme", { agents: [AGENT, { ...AGENT, name: "b" }, AGENT] })), [
            'agents[2].name: "coder": agents[0] has this name too; expected each name once',
        ]);
    });

    it("refuses an override for a runtime that no agent has", () => {
        assert.match(
            problemsOf(sampleOrg("acme", { imageOverrides: { "platform-agent": OVERRIDE } }))[0] ?? "",
            /^imageOverrides\.platform-agent: .*no agent of this org has this runtime/,
        );
    });

    it("refuses an override that names no owner, reason or day", () => {
        const problems = problemsOf(
            sampleOrg("acme", { imageOverrides: { "claude-code": { image: OVERRIDE.image } } }),
        );
        assert.deepEqual(
            problems.map((problem) => problem.split(": ")[0]),
            ["owner", "reason", "expires"].map((key) => `imageOverrides.claude-code.${key}`),
        );
    });

    it("refuses a plain value under a credential's name without echoing it, and says where it belongs", () => {
        for (const name of [
            "API_KEY",
            "GITHUB_TOKEN",
            "db_password",
            "CLIENT_SECRET",
            "AWS_SECRET_ACCESS_KEY",
        ]) {
            const [problem, ...more] = agentProblems({ env: { [name]: "hunter2" } });
            assert.equal(
                problem,
                `env.${name}: (a value that is not shown): this name says credential: put the value in a Secret and refer to it under "secretEnv"; ` +
                    `where it is no credential, "notSecret: { ${name}: why }" says so`,
            );
            assert.deepEqual(more, []);
        }
        assert.deepEqual(agentProblems({ env: { TOKENIZER: "x", SECRETARY: "y", MAX_TOKENS: "5" } }), []);
    });

    it("refuses a value that looks like a credential, whatever its name and wherever it stands, without echoing it", () => {
        const url = "postgres://app:hunter2@db.acme.example/main";
        const key = ["sk", "hunter2".repeat(4)].join("-");
        const problems = [
            ...agentProblems({ env: { DATABASE_URL: url, OPENAI: key } }),
            ...agentProblems({ args: ["serve", `--db=${url}`] }),
            ...agentProblems({ command: ["/agent", "--api-key=hunter2"] }),
            ...agentProblems({ podAnnotations: { note: key } }),
        ];
        assert.deepEqual(
            problems.map((problem) => problem.split(": ")[0]),
            ["env.DATABASE_URL", "env.OPENAI", "args[1]", "command[1]", "podAnnotations.note"],
        );
        assert.doesNotMatch(problems.join("\n"), /hunter2/);
        assert.deepEqual(
            agentProblems({ env: { DATABASE_URL: "postgres://app:$(DB_PASSWORD)@db/main" } }),
            [],
        );
    });

    it("takes what somebody has said is no credential, with the reason beside it", () => {
        const env = { PUBLIC_TOKEN: "shown on every page" };
        assert.deepEqual(
            agentProblems({ env, notSecret: { PUBLIC_TOKEN: "the site key of the captcha" } }),
            [],
        );
        assert.match(
            agentProblems({ env, notSecret: { PUBLIC_TOKEN: " " } }).join("\n"),
            /notSecret\.PUBLIC_TOKEN: .*expected why it is no credential/,
        );
    });

    it("refuses parts of what is counted whole, and units of something else, in a quota", () => {
        const quota = {
            pods: "1.5",
            "count/deployments.apps": "0.5",
            "limits.memory": "512m",
            "limits.cpu": "1Gi",
        };
        const problems = problemsOf(sampleOrg("acme", { quota }));
        assert.deepEqual(
            problems.map((problem) => problem.replace(/;.*/, "").replace(/: expected.*/, "")).sort(),
            [
                'quota.count/deployments.apps: "0.5"',
                'quota.limits.cpu: "1Gi": "Gi" measures memory',
                'quota.limits.memory: "512m": "m" is a thousandth of a byte',
                'quota.pods: "1.5"',
            ],
        );
    });

    it("refuses a variable that is plain and secret at once", () => {
        assert.match(
            agentProblems({ env: { X: "1" }, secretEnv: { X: { secret: "s", key: "k" } } })[0] ?? "",
            /^secretEnv\.X: .*"X" is in "env" too/,
        );
    });

    const refused: [string, object, RegExp][] = [
        [
            "a number as a variable",
            { env: { PORT: 8080 } },
            /^env\.PORT: 8080: expected a string; put numbers and booleans in quotes$/,
        ],
        ["a boolean as a variable", { env: { DEBUG: true } }, /^env\.DEBUG: true: expected a string/],
        [
            "a variable's bad name",
            { env: { "a-b": "x" } },
            /^env\.a-b: the key "a-b" is not allowed: expected the name/,
        ],
        ["a Secret's bad name", { secretEnv: { X: { secret: "A B", key: "k" } } }, /^secretEnv\.X\.secret: /],
        ["half a replica", { replicas: 1.5 }, /^replicas: 1\.5: /],
        ["too many replicas", { replicas: 51 }, /^replicas: 51: expected 0 to 50$/],
        [
            "a quantity that is a number",
            { resources: { limits: { cpu: 2 } } },
            /^resources\.limits\.cpu: 2: expected cores as a string, such as "500m" or "2"$/,
        ],
        [
            "a quantity that is none",
            { resources: { limits: { memory: "1 GB" } } },
            /^resources\.limits\.memory: "1 GB": expected bytes as a string, such as "512Mi" or "2Gi"$/,
        ],
        [
            "a negative quantity",
            { resources: { limits: { memory: "-1Gi" } } },
            /^resources\.limits\.memory: "-1Gi"/,
        ],
        [
            "a probe that asks in no way",
            { probes: { liveness: { periodSeconds: 1 } } },
            /^probes\.liveness: an object: expected exactly one of "httpGet", "tcpSocket", "exec" and "grpc"$/,
        ],
        [
            "a probe that asks in two ways",
            { probes: { liveness: { tcpSocket: { port: 1 }, exec: { command: ["a"] } } } },
            /expected exactly one of/,
        ],
        [
            "a probe's bad port",
            { probes: { liveness: { tcpSocket: { port: 65536 } } } },
            /port: 65536: expected a port, 1 to 65535/,
        ],
        [
            "a probe's bad path",
            { probes: { liveness: { httpGet: { path: "x", port: 1 } } } },
            /path: "x": expected a path that starts with "\/"/,
        ],
        [
            "a probe that never waits",
            { probes: { liveness: { tcpSocket: { port: 1 }, periodSeconds: 0 } } },
            /periodSeconds: 0: expected whole seconds/,
        ],
        ["a bad runtime's name", { runtime: "Claude Code" }, /^runtime: "Claude Code": expected a DNS label/],
        ["no runtime", { runtime: undefined }, /^runtime: nothing: /],
    ];
    for (const [what, parts, message] of refused) {
        it(`refuses ${what}`, () => {
            const problems = agentProblems(parts);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", message);
        });
    }
});
