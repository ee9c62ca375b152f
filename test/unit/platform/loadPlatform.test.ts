import assert from "node:assert/strict";
import { gateSchema } from "../../../config/gate";
import { readImage } from "../../../images/imageReference";
import { ConfigError } from "../../../lib/text/configError";
import { readStackFile } from "../../../config/readStackFile";
import { loadPlatform } from "../../../platform/loadPlatform";
import { DIGEST_A } from "../../support/sampleImages";

const PIN = { image: `ghcr.io/a/b:sha-1234567@${DIGEST_A}` };

function settingsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
    const all: Readonly<Record<string, unknown>> = {
        kubeContext: "dev",
        runtimes: { "claude-code": PIN },
        ...values,
    };
    return Object.fromEntries(
        Object.entries(all).map(([key, value]): [string, string] => [
            `platform:${key}`,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
}

function problemsOf(values: Readonly<Record<string, unknown>>): readonly string[] {
    try {
        loadPlatform(settingsOf(values), "dev");
        return [];
    } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        return error.problems;
    }
}

describe("loadPlatform", () => {
    it("fills in what a stack leaves out", () => {
        // How a release is promoted is tested with what promotes it.
        const { promotion, plans, ...config } = loadPlatform(settingsOf({}), "dev");
        assert.equal(typeof promotion, "object");
        assert.equal(plans.size, 0);
        assert.deepEqual(config, {
            kubeContext: "dev",
            requests: { qps: 200, burst: 400 },
            runtimes: new Map([["claude-code", { image: readImage(PIN.image) }]]),
            coreFleet: {
                namespace: "agents",
                agents: [],
                progressDeadlineSeconds: 300,
                defaults: {},
                runtimes: new Map(),
                sidecarRepositories: [],
            },
            gate: gateSchema.parse(undefined),
        });
    });

    it("refuses a credential in plain text of a core agent as of a customer's, wherever it is said, without echoing it", () => {
        const env = { API_TOKEN: "hunter2" };
        const problems = problemsOf({
            coreFleet: {
                defaults: { args: ["--password=hunter2"] },
                runtimes: { "claude-code": { env } },
                agents: [{ name: "ceo", runtime: "claude-code", env }],
            },
        });
        assert.deepEqual(
            problems
                .map((problem) => /coreFleet\.([^:]*): \(a value that is not shown\)/.exec(problem)?.[1])
                .sort(),
            ["agents[0].env.API_TOKEN", "defaults.args[0]", "runtimes.claude-code.env.API_TOKEN"],
            problems.join("\n"),
        );
        assert.doesNotMatch(problems.join("\n"), /hunter2/);
    });

    it("has mutable images warned of and audited, where agents run, and tenants' changes refused, where nobody says otherwise", () => {
        const { admissionPolicy, tenancy } = loadPlatform(
            settingsOf({ admissionPolicy: {}, tenancy: { users: ["deployer"] } }),
            "dev",
        );
        assert.deepEqual(admissionPolicy, { validationActions: ["Warn", "Audit"], allNamespaces: false });
        assert.deepEqual(tenancy, {
            ...{ users: ["deployer"], groups: [], breakGlassGroup: "system:masters" },
            validationActions: ["Deny"],
        });
    });

    it("refuses a protection from everybody, who deploys included", () => {
        assert.match(
            problemsOf({ tenancy: { breakGlassGroup: "oncall" } }).join("\n"),
            /tenancy: an object: expected under "users" or "groups" who deploys this/,
        );
        assert.deepEqual(problemsOf({ tenancy: { groups: ["deployers"] } }), []);
    });

    it("refuses a namespace of the core fleet that is a customer's", () => {
        assert.match(
            problemsOf({ coreFleet: { namespace: "org-acme" } }).join("\n"),
            /coreFleet\.namespace: "org-acme": expected a name that does not start with "org-"/,
        );
        assert.match(
            problemsOf({ coreFleet: { namespace: "kube-system" } }).join("\n"),
            /coreFleet\.namespace: "kube-system": expected a name that does not start with "kube-"/,
        );
    });

    it("refuses more of an agent that it manages by its image alone", () => {
        const agents = [{ name: "ceo", runtime: "claude-code", manage: "image", replicas: 2 }];
        assert.match(
            problemsOf({ coreFleet: { agents } }).join("\n"),
            /coreFleet\.agents\[0\]\.replicas: 2: expected none: with "manage: image"/,
        );
    });

    it("takes the seed's Deployment for the reference where nothing else is said", () => {
        const { runtimes } = loadPlatform(
            settingsOf({ runtimes: { a: { fromDeployment: { container: "x" } } } }),
            "dev",
        );
        assert.deepEqual(runtimes.get("a")?.fromDeployment, {
            namespace: "agents",
            deployment: "agent-ceo",
            container: "x",
        });
    });

    for (const [image, why] of [
        ["ghcr.io/a/b:latest", /the tag "latest" can be moved/],
        ["ghcr.io/a/b:Latest", /the tag "Latest" can be moved/],
        ["ghcr.io/a/b", /it has no tag, so it means ":latest"/],
        ["localhost:5000/b", /it has no tag/],
        ["ghcr.io/a/b:stable", /the tag "stable" can be moved/],
        ["ghcr.io/a/b:v1", /the tag "v1" can be moved/],
        ["ghcr.io/a/b:v1.2.3", /the tag "v1\.2\.3" can be moved/],
        ["ghcr.io/a/b@sha256:abc", /the sha256 digest has 3 characters/],
        ["ghcr.io/a/b:${TAG}", /unexpanded variable/],
        ["", /it is empty/],
    ] as const) {
        it(`refuses the pin ${JSON.stringify(image)}, and names the file and the runtime`, () => {
            const [problem = "", ...more] = problemsOf({
                runtimes: { "claude-code": { image }, other: PIN },
            });
            const where = `platform/Pulumi.dev.yaml: platform:runtimes.claude-code.image: ${JSON.stringify(image)}: `;
            assert.equal(problem.slice(0, where.length), where);
            assert.match(problem, why);
            assert.match(problem, /expected a digest \("repository@sha256:…"\) or a git-SHA tag$/);
            assert.deepEqual(more, []);
        });
    }

    for (const image of [
        PIN.image,
        "ghcr.io/a/b:sha-1234567",
        "ghcr.io/a/b:123456a",
        `b:latest@${DIGEST_A}`,
    ]) {
        it(`accepts the pin "${image.slice(0, 30)}"`, () => {
            assert.deepEqual(problemsOf({ runtimes: { "claude-code": { image } } }), []);
        });
    }

    const refused: [string, Readonly<Record<string, unknown>>, RegExp][] = [
        [
            "a pin that says nothing",
            { runtimes: { a: {} } },
            /runtimes\.a: an object: expected exactly one of "image" and "fromDeployment"/,
        ],
        [
            "a pin that says both",
            { runtimes: { a: { ...PIN, fromDeployment: {} } } },
            /runtimes\.a: .*expected exactly one of/,
        ],
        [
            "a pin's unknown key",
            { runtimes: { a: { ...PIN, digest: "x" } } },
            /runtimes\.a\.digest: unknown key "digest"/,
        ],
        [
            "a runtime's bad name",
            { runtimes: { "A b": PIN } },
            /runtimes\.A b: the key "A b" is not allowed: expected a DNS label/,
        ],
        ["no runtimes", { runtimes: {} }, /runtimes: an object: expected a pin for at least one runtime/],
        [
            "an empty release",
            { runtimes: { a: { ...PIN, release: "" } } },
            /runtimes\.a\.release: "": expected the release's name/,
        ],
        [
            "a time that is none",
            { runtimes: { a: { ...PIN, promotedAt: "today" } } },
            /runtimes\.a\.promotedAt: "today": expected a time in quotes/,
        ],
        [
            "a core agent's unknown runtime",
            { coreFleet: { agents: [{ name: "ceo", runtime: "x" }] } },
            /coreFleet\.agents\[0\]\.runtime: "x": no such runtime; expected one of "claude-code"/,
        ],
        [
            "two core agents of one name",
            { coreFleet: { agents: Array(2).fill({ name: "ceo", runtime: "claude-code" }) } },
            /coreFleet\.agents\[1\]\.name: "ceo": expected each name once/,
        ],
        [
            "a way of managing that is unknown",
            { coreFleet: { agents: [{ name: "ceo", runtime: "claude-code", manage: "x" }] } },
            /coreFleet\.agents\[0\]\.manage: "x": /,
        ],
        ["an unknown setting", { runtime: {} }, /platform:runtime: unknown key "runtime"/],
    ];
    for (const [what, values, message] of refused) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf(values);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", /^platform\/Pulumi\.dev\.yaml: platform:/);
            assert.match(problems[0] ?? "", message);
        });
    }

    it("mends a time that the engine took for a timestamp", () => {
        const pin = { ...PIN, promotedAt: "2026-06-21 10:19:30 +0000 UTC" };
        const { runtimes } = loadPlatform(settingsOf({ runtimes: { a: pin } }), "dev");
        assert.equal(runtimes.get("a")?.promotedAt, "2026-06-21T10:19:30Z");
    });

    for (const stack of ["staging", "prod"]) {
        it(`reads the committed stack "${stack}", which pins both runtimes by digest`, () => {
            const { runtimes } = loadPlatform(readStackFile(process.cwd(), "platform", stack), stack);
            assert.deepEqual([...runtimes.keys()].sort(), ["claude-code", "platform-agent"]);
            for (const { image } of runtimes.values()) {
                assert.match(image?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
            }
        });
    }
});
