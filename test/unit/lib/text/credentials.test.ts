import assert from "node:assert/strict";
import { SECRET_NAME, credentialIn } from "../../../../lib/text/credentials";

/** Put together here, so that no scanner takes this file for a leak. */
const join = (...parts: readonly string[]) => parts.join("");

describe("what looks like a credential", () => {
    for (const [what, text] of [
        ["a URL with a password", "postgres://app:hunter2@db.acme.example/main"],
        ["a URL with a token for a user", "https://abcdef0123@github.example/acme/repo"],
        ["an API key", join("sk-", "proj-", "a1B2".repeat(8))],
        ["a key of Anthropic's", join("sk-ant-", "api03-", "a1B2".repeat(8))],
        ["a GitHub token", join("ghp", "_", "a1B2".repeat(9))],
        ["a GitLab token", join("glpat", "-", "a1B2".repeat(5))],
        ["a Slack token", join("xoxb", "-1234567890-", "a1B2".repeat(5))],
        ["an AWS key in a list", join("x,AK", "IA", "ABCD1234ABCD1234")],
        ["a JSON web token", join("eyJhbGciOiJIUzI1NiJ9", ".", "eyJzdWIiOiIxIn0", ".abc")],
        ["a private key", join("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE")],
        ["a bearer token", join("Authorization: Bearer ", "a1B2".repeat(6))],
        ["a parameter", "https://api.example/?tenant=acme&access_token=abc123"],
        ["a connection string", "Server=db;User=app;Password=hunter2;"],
        ["an argument", "--api-key=abc123"],
    ] as const) {
        it(`is ${what}, and the text is not repeated`, () => {
            const found = credentialIn(text);
            assert.ok(found !== undefined);
            assert.ok(!text.includes(found));
        });
    }

    for (const text of [
        "postgres://app:$(DB_PASSWORD)@db/main",
        "postgres://app@db/main",
        "ssh://git@github.example/acme/repo",
        "https://api.example/v1?tenant=acme",
        "--password=$(DB_PASSWORD)",
        "--token-file=/var/run/token",
        "sk-short",
        "sk-the-long-name-of-a-tenant",
        "task-runner-for-all-the-agents-of-acme",
        "debug",
        "someone@acme.example",
        "tokens: 4000",
        "MAX_TOKENS=4000",
        `ghcr.io/genbrain/claude-code@sha256:${"1".repeat(64)}`,
        "",
    ]) {
        it(`is not "${text}"`, () => {
            assert.equal(credentialIn(text), undefined);
        });
    }

    it("is known by its name too", () => {
        const names = ["API_TOKEN", "PGPASSWORD", "DB_PASS", "OPENAI_API_KEY", "TLS_PRIVATE_KEY"];
        assert.ok(names.every((name) => SECRET_NAME.test(name)));
        assert.ok(
            !["MAX_TOKENS", "COMPASS", "TOKEN_FILE", "KEYBOARD"].some((name) => SECRET_NAME.test(name)),
        );
    });
});
