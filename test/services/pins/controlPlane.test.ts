import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { connectControlPlane } from "../../../pins/controlPlane";
import { controlPlaneSchema } from "../../../platform/promotionConfig";
import { ControlPlaneServer } from "../../support/controlPlaneServer";
import { type TestCertificate, makeCertificate } from "../../support/tlsCertificate";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const DIGEST = `sha256:${"b".repeat(64)}`;
const TOKEN = "tok-3f9a-very-secret";
const PATIENCE = { attempts: 3, firstDelayMs: 5, maxDelayMs: 50, maxRetryAfterMs: 50, timeoutMs: 400 };

describe("telling a control plane of a promotion", () => {
    let certificate: TestCertificate;
    let server: ControlPlaneServer;
    let directory: string;

    before(async () => {
        certificate = await makeCertificate();
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "control-plane-"));
        fs.writeFileSync(path.join(directory, "ca.pem"), certificate.authority);
        server = await ControlPlaneServer.start(certificate);
    });
    beforeEach(() => {
        server.seen.length = 0;
        server.behaviours = [];
        server.otherwise = { status: 200, body: "{}" };
    });
    after(async () => {
        await server.stop();
        fs.rmSync(directory, { recursive: true });
    });

    const announce = (change: Record<string, unknown> = {}, token = TOKEN) =>
        connectControlPlane(
            controlPlaneSchema.parse({ url: server.url, caFile: "ca.pem", ...change }),
            token,
            directory,
            PATIENCE,
        )("platform-agent", DIGEST);
    const failure = async (change: Record<string, unknown> = {}): Promise<string> => {
        try {
            await announce(change);
        } catch (error) {
            const text = `${(error as Error).stack ?? ""} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
            assert.ok(!text.includes(TOKEN), "the token is in no error");
            return (error as Error).message;
        }
        return assert.fail("it was accepted");
    };

    it("posts template_name and digest, with the token as a bearer token", async () => {
        await announce();
        assert.deepEqual(server.seen, [
            {
                method: "POST",
                path: "/cp/admin/runtime-image/promote",
                authorization: `Bearer ${TOKEN}`,
                body: JSON.stringify({ template_name: "platform-agent", digest: DIGEST }),
            },
        ]);
    });

    it("uses the template's name there, and a base URL with a path", async () => {
        server.otherwise = { status: 201, body: "{}" };
        await announce({ url: `${server.url}/eu/`, templateNames: { "platform-agent": "concierge" } });
        assert.equal(server.seen[0]?.path, "/eu/cp/admin/runtime-image/promote");
        assert.match(server.seen[0].body, /"template_name":"concierge"/);
    });

    for (const status of [200, 201]) {
        it(`takes ${status} for success`, async () => {
            const accepted = {
                template_name: "platform-agent",
                digest: DIGEST,
                before: { digest: `sha256:${"a".repeat(64)}` },
                error: null,
            };
            server.behaviours = [{ status, body: JSON.stringify(accepted) }];
            await announce();
            assert.equal(server.seen.length, 1);
        });
    }

    for (const [what, body, expected] of [
        [
            "a login page",
            "<!doctype html><title>Log in</title>",
            /its answer is no JSON; .*unknown: answered 200: <!doctype/,
        ],
        ["nothing", "", /its answer is empty, expected JSON/],
        ["JSON that is about nothing", '"ok"', /its answer is no JSON object/],
        [
            "another digest",
            `{"pin":{"digest":"sha256:${"c".repeat(64)}"}}`,
            /names the digest "sha256:c+", expected "sha256:b+"/,
        ],
        [
            "another template",
            '{"template_name":"concierge"}',
            /about the template "concierge", expected "platform-agent"/,
        ],
        ["an error", '{"error":"no such template"}', /its answer names an error.*no such template/],
    ] as const) {
        it(`does not take ${what} with status 200 for an acceptance`, async () => {
            server.behaviours = [{ status: 200, body }];
            assert.match(await failure(), expected);
            assert.equal(server.seen.length, 1);
        });
    }

    for (const status of [202, 204, 301, 400, 401, 403, 404, 409, 422, 500, 501]) {
        it(`fails at ${status}, at once, with status and body`, async () => {
            server.otherwise = { status, ...(status === 204 ? {} : { body: `{"error":"no ${status}"}` }) };
            const message = await failure();
            assert.match(message, new RegExp(`answered ${status}, expected 200 or 201`));
            assert.ok(status === 204 || message.includes(`{"error":"no ${status}"}`));
            assert.equal(server.seen.length, 1);
        });
    }

    for (const status of [429, 502, 503, 504]) {
        it(`repeats at ${status}, and gives up after ${PATIENCE.attempts} attempts`, async () => {
            server.behaviours = [{ status }, { status }];
            await announce();
            assert.equal(server.seen.length, 3);
            server.otherwise = { status, body: "later" };
            assert.match(await failure(), new RegExp(`answered ${status}.*later \\(tried 3 times\\)`));
            assert.equal(server.seen.length, 6);
        });
    }

    it("repeats when the connection is reset or refused", async () => {
        server.behaviours = ["reset", "reset"];
        await announce();
        assert.equal(server.seen.length, 3);
        const gone = await ControlPlaneServer.start(certificate);
        const { url } = gone;
        await gone.stop();
        assert.match(await failure({ url }), /no connection \(ECONNREFUSED\) \(tried 3 times\)/);
    });

    it("waits as long as Retry-After asks, and not at all when that is too long", async () => {
        server.behaviours = [{ status: 429, headers: { "retry-after": "3600" } }];
        assert.match(await failure(), /answered 429.*tried once/);
        assert.equal(server.seen.length, 1);
    });

    it("does not repeat when no answer comes: it may have been accepted", async () => {
        server.otherwise = "hang";
        assert.match(await failure(), /no answer within 0.4 s; whether it was accepted is unknown/);
        assert.equal(server.seen.length, 1);
    });

    it("follows no redirect: the token goes nowhere else", async () => {
        const other = await ControlPlaneServer.start(certificate);
        server.behaviours = [
            { status: 307, headers: { location: `${other.url}/cp/admin/runtime-image/promote` } },
        ];
        assert.match(
            await failure(),
            /answered 307, a redirect to "127.*", which is not followed: credentials are for/,
        );
        assert.deepEqual(other.seen, []);
        await other.stop();
    });

    it("clips a long body, and shows no control characters of it", async () => {
        server.otherwise = { status: 400, body: `\u001b[2J${"x".repeat(1_000_000)}` };
        const message = await failure();
        assert.ok(message.length < 500, `${message.length}`);
        assert.ok(!message.includes("\u001b"));
    });

    it("knows the status of an answer that breaks off", async () => {
        server.otherwise = "break-off";
        assert.match(await failure(), /answered 500/);
    });

    it("removes the token from an answer that repeats it", async () => {
        server.otherwise = { status: 401, body: `bad token ${TOKEN}` };
        assert.match(await failure(), /bad token \(the token\)/);
        server.otherwise = { status: 401, body: `${"x".repeat(290)}${TOKEN}` };
        assert.ok(
            !(await failure()).includes(TOKEN.slice(0, 8)),
            "nor a part of it, where the body is clipped",
        );
    });

    it("refuses a certificate of an unknown authority, and sends nothing", async () => {
        assert.match(await failure({ caFile: undefined }), /TLS certificate is refused \([A-Z_]+\).*caFile/);
        assert.deepEqual(server.seen, []);
    });

    it("refuses an expired certificate, and one for another host", async () => {
        const expired = await makeCertificate(new Date(Date.now() - 86_400_000));
        fs.writeFileSync(path.join(directory, "expired.pem"), expired.authority);
        const old = await ControlPlaneServer.start(expired);
        assert.match(await failure({ url: old.url, caFile: "expired.pem" }), /refused \(CERT_HAS_EXPIRED\)/);
        await old.stop();
        const elsewhere = server.url.replace("127.0.0.1", "127.0.0.2");
        assert.doesNotMatch(await failure({ url: elsewhere }), /answered/);
        assert.deepEqual(server.seen, []);
    });

    it("verifies TLS also where NODE_TLS_REJECT_UNAUTHORIZED is 0, and trusts NODE_EXTRA_CA_CERTS", async () => {
        const script = path.join(directory, "post.ts");
        fs.writeFileSync(
            script,
            `const { connectControlPlane } = require(${JSON.stringify(require.resolve("../../../pins/controlPlane"))});
             connectControlPlane({ url: process.argv[2], tokenVariable: "T", templateNames: new Map() }, process.env.T, ".", ${JSON.stringify(PATIENCE)})("r", "d")
                 .then(() => console.log("accepted"), (error) => console.log(error.message));`,
        );
        const run = async (env: Record<string, string>) => {
            const { stdout } = await promisify(execFile)(
                process.execPath,
                ["--import", "tsx", script, server.url],
                { env: { ...process.env, T: TOKEN, ...env }, cwd: PACKAGE_ROOT },
            );
            return stdout;
        };
        assert.match(await run({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), /TLS certificate is refused/);
        assert.match(await run({ NODE_EXTRA_CA_CERTS: path.join(directory, "ca.pem") }), /accepted/);
    });

    it("says when the file of the authority cannot be read", async () => {
        assert.match(
            await failure({ caFile: "missing.pem" }),
            /caFile: "missing.pem": cannot be read \(ENOENT\)/,
        );
    });

    it("says before anything is sent that the file of the authority is no PEM, without quoting it", async () => {
        fs.writeFileSync(path.join(directory, "key.pem"), "secret-key-material");
        const message = await failure({ caFile: "key.pem" });
        assert.match(message, /caFile: "key.pem": holds no certificate; expected PEM/);
        assert.ok(!message.includes("secret-key"));
        const broken = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
        fs.writeFileSync(path.join(directory, "broken.pem"), broken);
        assert.match(await failure({ caFile: "broken.pem" }), /holds a certificate that cannot be read/);
        assert.deepEqual(server.seen, []);
    });

    it("refuses a URL with a user and a password", () => {
        const { error } = controlPlaneSchema.safeParse({ url: "https://ann:hunter2@cp.example.com" });
        assert.match(error?.message ?? "", /expected a URL without user and password/);
    });

    it("is refused by the schema over plain HTTP", () => {
        assert.throws(() => controlPlaneSchema.parse({ url: "http://127.0.0.1:1" }), /expected an https URL/);
    });
});
