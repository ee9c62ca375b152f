import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { TransientError } from "../../../../lib/http/retry";
import { send } from "../../../../lib/http/send";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import { ControlPlaneServer } from "../../../support/controlPlaneServer";
import { ForwardProxy } from "../../../support/forwardProxy";
import { type TestCertificate, makeCertificate } from "../../../support/tlsCertificate";

const WHO = 'the service "x"';
const DIGEST = `sha256:${"b".repeat(64)}`;

describe("sending a request", () => {
    let certificate: TestCertificate;
    let server: ControlPlaneServer;
    let proxy: ForwardProxy;

    before(async () => {
        certificate = await makeCertificate();
        server = await ControlPlaneServer.start(certificate);
        proxy = await ForwardProxy.start();
    });
    beforeEach(() => {
        server.seen.length = 0;
        server.behaviours = [];
        proxy.seen.length = 0;
    });
    after(async () => {
        await server.stop();
        await proxy.stop();
    });

    const ask = (url: string, change: Partial<Parameters<typeof send>[0]> = {}) =>
        send({ who: WHO, url, timeoutMs: 2_000, ca: [certificate.authority], env: {}, ...change });
    /** The server by a name that only the proxy knows. */
    const named = () => server.url.replace("127.0.0.1", "service.test");

    for (const name of ["HTTPS_PROXY", "https_proxy"]) {
        it(`goes through the proxy of ${name}, with TLS from end to end`, async () => {
            const { status, body } = await ask(`${named()}/a`, { env: { [name]: proxy.url } });
            assert.deepEqual([status, body], [200, "{}"]);
            assert.deepEqual(proxy.seen, [`CONNECT ${new URL(named()).host}`]);
            assert.equal(server.seen[0]?.path, "/a");
        });
    }

    for (const name of ["HTTP_PROXY", "http_proxy"]) {
        it(`goes through the proxy of ${name} over plain HTTP`, async () => {
            const { body } = await ask("http://service.test/a", { env: { [name]: proxy.url } });
            assert.equal(body, "from the proxy");
            assert.deepEqual(proxy.seen, ["GET http://service.test/a"]);
        });
    }

    for (const name of ["NO_PROXY", "no_proxy"]) {
        it(`goes past the proxy where ${name} says so`, async () => {
            const env = { HTTPS_PROXY: proxy.url, [name]: "service.test" };
            await assert.rejects(ask(named(), { env }), /^TransientError: the service "x": no connection/);
            assert.deepEqual(proxy.seen, []);
        });
    }

    it("asks this machine directly, whatever proxy there is", async () => {
        await ask(server.url, { env: { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url } });
        assert.deepEqual([proxy.seen, server.seen.length], [[], 1]);
    });

    it("shows no password of a proxy that does not answer", async () => {
        const env = { HTTPS_PROXY: "http://ann:hunter2@127.0.0.1:9" };
        await assert.rejects(ask(named(), { env }), (error: Error) => {
            assert.match(error.message, /no connection \(ECONNREFUSED\)/);
            assert.doesNotMatch(`${error.stack ?? ""}${JSON.stringify(error)}`, /hunter2/);
            return true;
        });
    });

    it("takes registries and control planes through the same proxy and to the same authorities", async () => {
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), "proxy-"));
        const authority = path.join(directory, "ca.pem");
        fs.writeFileSync(authority, certificate.authority);
        server.behaviours = [{ status: 200, headers: { "docker-content-digest": DIGEST } }];
        const script = path.join(directory, "ask.ts");
        const from = (file: string) => JSON.stringify(path.join(PACKAGE_ROOT, file));
        fs.writeFileSync(
            script,
            `const { registryTrouble } = require(${from("registry/registryClient")});
             const { connectControlPlane } = require(${from("pins/controlPlane")});
             const url = process.argv[2];
             registryTrouble(new URL(url).host + "/a/b", ${JSON.stringify(DIGEST)}).then(async (trouble) => {
                 await connectControlPlane({ url, templateNames: new Map() }, "t", ".")("r", "d");
                 console.log(trouble ?? "both");
             }, (error) => console.log(error.message));`,
        );
        const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, named()], {
            env: { ...process.env, https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: authority },
            cwd: PACKAGE_ROOT,
        });
        fs.rmSync(directory, { recursive: true });
        assert.equal(stdout, "both\n");
        const through = `CONNECT ${new URL(named()).host}`;
        assert.deepEqual(proxy.seen, [through, through]);
    });

    it("follows a redirect as nobody, and not with a credential or a body", async () => {
        const redirect = { status: 302, headers: { location: "/elsewhere" } };
        server.behaviours = [redirect];
        assert.equal((await ask(`${server.url}/a`)).url.pathname, "/elsewhere");
        for (const change of [
            { headers: { authorization: "Basic abc" } },
            { method: "POST", body: "token=abc", secretBody: true },
            { method: "POST", body: "{}" },
        ] as const) {
            server.behaviours = [redirect];
            server.seen.length = 0;
            await assert.rejects(
                ask(`${server.url}/a`, change),
                /a redirect to "127.*", which is not followed/,
            );
            assert.equal(server.seen.length, 1);
        }
    });

    it("follows no redirect to plain HTTP, to a password, or without end", async () => {
        const to = (location: string) => ({ status: 302, headers: { location } });
        server.behaviours = [to("http://127.0.0.1:9/")];
        await assert.rejects(ask(server.url), /redirect to "127.0.0.1:9"; expected an https URL/);
        server.behaviours = [to("https://ann:hunter2@127.0.0.1:9/")];
        await assert.rejects(ask(server.url), /the URL of "127.0.0.1:9" holds a user or a password/);
        server.behaviours = Array.from({ length: 9 }, () => to("/again"));
        await assert.rejects(ask(server.url), /more than 5 redirects/);
    });

    it("refuses a URL with a user or a password, shows neither, and sends nothing", async () => {
        for (const user of ["ann:hunter2@", "hunter2@", ":hunter2@"]) {
            await assert.rejects(ask(server.url.replace("//", `//${user}`)), (error: Error) => {
                assert.match(
                    error.message,
                    /^the service "x": the URL of "127.*" holds a user or a password/,
                );
                assert.ok(!error.message.includes("hunter2"));
                return true;
            });
        }
        assert.deepEqual(server.seen, []);
    });

    it("calls no answer to a question worth another attempt, and to a change unknown", async () => {
        server.behaviours = ["hang", "hang"];
        await assert.rejects(ask(server.url, { timeoutMs: 300 }), (error: Error) => {
            assert.ok(error instanceof TransientError);
            return /no answer within 0.3 s$/.test(error.message);
        });
        await assert.rejects(
            ask(server.url, { timeoutMs: 300, method: "POST", body: "{}" }),
            (error: Error) => {
                assert.ok(!(error instanceof TransientError));
                return /whether it was accepted is unknown/.test(error.message);
            },
        );
    });
});
