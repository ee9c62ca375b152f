import assert from "node:assert/strict";
import { z } from "zod";
import { describeIssues, formatPath } from "../../../../lib/text/describeIssues";
import { quoteValue } from "../../../../lib/text/quoteValue";

const schema = z.strictObject({
    name: z.string("expected a name").optional(),
    port: z.int("expected a port").optional(),
    kubeconfig: z.string().max(0, "expected a path").optional(),
    labels: z.record(z.string().regex(/^[a-z]+$/, "expected a-z"), z.string()).optional(),
    list: z.array(z.strictObject({ port: z.int("expected a port") }), "expected a list").optional(),
    env: z.record(z.string(), z.string("expected a string"), "expected names and values").optional(),
    secretEnv: z.record(z.string(), z.strictObject({ secret: z.string() }, "expected a secret")).optional(),
});

function problemsOf(value: unknown): string[] {
    const parsed = schema.safeParse(value);
    return parsed.success ? [] : describeIssues(parsed.error, value);
}

describe("describeIssues", () => {
    it("says path, value and what was expected, a line for each problem", () => {
        assert.deepEqual(problemsOf({ name: 5, list: [{ port: "80" }] }), [
            "name: 5: expected a name",
            'list[0].port: "80": expected a port',
        ]);
    });

    it("names every unknown key by its path", () => {
        assert.deepEqual(problemsOf({ nmae: "x", list: [{ port: 1, prot: 2 }] }), [
            'list[0].prot: unknown key "prot"',
            'nmae: unknown key "nmae"',
        ]);
    });

    it("names a record's bad key and why", () => {
        assert.deepEqual(problemsOf({ labels: { "A-1": "x" } }), [
            'labels.A-1: the key "A-1" is not allowed: expected a-z',
        ]);
    });

    it("says what is wrong with a document that is no object at all", () => {
        assert.match(problemsOf(null)[0] ?? "", /^\(the whole document\): null: /);
        assert.match(problemsOf([])[0] ?? "", /^\(the whole document\): a list of 0: /);
        assert.match(problemsOf("hello")[0] ?? "", /^\(the whole document\): "hello": /);
    });

    const secrets: [string, unknown][] = [
        ["an environment variable named as one", { env: { API_KEY: 12345678 } }],
        ["… in lower case", { env: { db_password: 12345678 } }],
        ["an environment in Kubernetes' own form", { env: [{ name: "API_KEY", value: "12345678" }] }],
        ["an environment as text", { env: "API_KEY=12345678" }],
        ["… without a name that says so", { env: "STRIPE=12345678" }],
        ["a value where a Secret is referred to", { secretEnv: { STRIPE: "12345678" } }],
        ["a Secret's name that is a number", { secretEnv: { STRIPE: { secret: 12345678 } } }],
        ["an object around one", { list: { env: { API_KEY: "12345678" } } }],
        ["a list around one", [{ env: { API_KEY: "12345678" } }]],
        ["a whole environment file", "API_KEY=12345678"],
        ["a kubeconfig's content", { kubeconfig: "users:\n- user:\n    token: 12345678" }],
        ["… as JSON", { kubeconfig: '{"users":[{"user":{"token":"12345678"}}]}' }],
        ["… with a key", { kubeconfig: "{users: [{user: {client-key-data: 12345678}}]}" }],
        ["a URL with a password", { kubeconfig: "https://ann:12345678@cp.example.com" }],
    ];
    for (const [what, value] of secrets) {
        it(`does not echo ${what}`, () => {
            const problems = problemsOf(value);
            assert.equal(problems.length, 1);
            assert.doesNotMatch(problems[0] ?? "", /12345678/);
        });
    }

    it("does echo what only looks a little like a credential", () => {
        assert.deepEqual(problemsOf({ env: { TOKENIZER: 5, LOG_LEVEL: 3 }, kubeconfig: "tokens.yaml" }), [
            'kubeconfig: "tokens.yaml": expected a path',
            "env.TOKENIZER: 5: expected a string",
            "env.LOG_LEVEL: 3: expected a string",
        ]);
    });
});

describe("formatPath", () => {
    it("writes names with points and indexes in brackets", () => {
        assert.equal(formatPath(["agents", 0, "env", "LOG_LEVEL"]), "agents[0].env.LOG_LEVEL");
        assert.equal(formatPath([2, "slug"]), "[2].slug");
        assert.equal(formatPath([]), "(the whole document)");
    });
});

describe("quoteValue", () => {
    const table: [unknown, string][] = [
        [undefined, "nothing"],
        [null, "null"],
        ["", '""'],
        ['a"b\nc', '"a\\"b\\nc"'],
        [0, "0"],
        [{ a: 1 }, '{"a":1}'],
        [() => 1, "function"],
    ];
    for (const [value, expected] of table) {
        it(`writes ${expected}`, () => {
            assert.equal(quoteValue(value), expected);
        });
    }

    it("clips what is long to one line of a known length", () => {
        assert.equal(quoteValue("x".repeat(500), 20), `"${"x".repeat(16)}...`);
        assert.equal(quoteValue("x".repeat(500)).length, 120);
        assert.equal(quoteValue("x".repeat(18), 20), `"${"x".repeat(18)}"`);
    });
});
