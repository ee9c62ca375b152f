import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { platformDigests, registryTrouble, resolveTag } from "../../../registry/registryClient";
import { type Guard, IDENTITY_TOKEN, RegistryProxy, USER } from "../../support/registryProxy";
import { pushIndex } from "../../support/pushIndex";
import { pinned } from "../../support/sampleImages";
import { useRegistry } from "../../support/useRegistry";

const PATIENCE = { attempts: 3, firstDelayMs: 5, maxDelayMs: 50, timeoutMs: 5_000 };

describe("asking a registry for a digest", () => {
    const registry = useRegistry();
    let digest: string;
    let directory = "";
    const proxies: RegistryProxy[] = [];

    before(async () => {
        digest = await registry().push("genbrain/agent", "sha-19f3175", "one");
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "docker-config-"));
    });
    afterEach(async () => {
        await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
        fs.rmSync(path.join(directory, "config.json"), { force: true });
    });
    after(() => {
        fs.rmSync(directory, { recursive: true, force: true });
    });

    const ask = async (host: string, wanted = digest, repository = "genbrain/agent") =>
        (await troubleAt(host, wanted, repository))?.message;
    const troubleAt = (host: string, wanted = digest, repository = "genbrain/agent") =>
        registryTrouble(`${host}/${repository}`, wanted, {
            patience: PATIENCE,
            env: {
                ...process.env,
                DOCKER_CONFIG: directory,
                PATH: `${directory}${path.delimiter}${process.env["PATH"] ?? ""}`,
            },
        });
    const guarded = async (guard: Guard): Promise<RegistryProxy> => {
        const proxy = await RegistryProxy.start(registry().host, guard);
        proxies.push(proxy);
        return proxy;
    };
    const dockerConfig = (config: unknown) => {
        fs.writeFileSync(path.join(directory, "config.json"), JSON.stringify(config));
    };
    const login = (host: string, password = USER.password) => {
        const auth = Buffer.from(`${USER.username}:${password}`).toString("base64");
        dockerConfig({ auths: { [host]: { auth } } });
    };

    it("finds the manifests of an index's platforms, and none where an image has one platform", async () => {
        const { index, manifest } = await pushIndex(registry(), "genbrain/many");
        const platforms = (wanted: string) =>
            platformDigests(pinned(`${registry().host}/genbrain/many@${wanted}`), { patience: PATIENCE });
        assert.deepEqual(await platforms(index), new Set([manifest]));
        assert.deepEqual(await platforms(manifest), new Set());
        await assert.rejects(platforms(`sha256:${"0".repeat(64)}`), /has no "genbrain\/many@sha256:0+"/);
    });

    it("tells what the registry has not from what it could not be asked", async () => {
        const proxy = await guarded("bearer-for-anyone");
        proxy.statuses = [500];
        assert.equal((await troubleAt(registry().host, `sha256:${"0".repeat(64)}`))?.unknown, undefined);
        assert.equal((await troubleAt(proxy.host))?.unknown, true);
    });

    it("finds what was pushed, as nobody", async () => {
        assert.equal(await ask(registry().host), undefined);
    });

    it("does not find another digest, nor the digest in another repository", async () => {
        const other = `sha256:${"0".repeat(64)}`;
        assert.match(
            (await ask(registry().host, other)) ?? "",
            /has no "genbrain\/agent@sha256:0+"; was it pushed/,
        );
        assert.match(
            (await ask(registry().host, digest, "genbrain/other")) ?? "",
            /has no "genbrain\/other@/,
        );
    });

    it("finds the digest that a tag leads to, now", async () => {
        const repository = `${registry().host}/genbrain/moving`;
        const first = await registry().push("genbrain/moving", "latest", "one");
        assert.deepEqual(await resolveTag(repository, "latest"), { ok: true, digest: first });
        const second = await registry().push("genbrain/moving", "latest", "two");
        assert.notEqual(second, first);
        assert.deepEqual(await resolveTag(repository, "latest"), { ok: true, digest: second });
        const missing = await resolveTag(repository, "edge");
        assert.ok(!missing.ok);
        assert.match(missing.trouble, /has no "genbrain\/moving:edge"; was it pushed/);
    });

    it("takes the manifest itself where the registry does not say its digest", async () => {
        for (const guard of ["basic", "bearer"] as const) {
            const proxy = await guarded(guard);
            proxy.hidesDigest = true;
            login(proxy.host);
            assert.equal(await ask(proxy.host), undefined);
            assert.match(
                (await ask(proxy.host, `sha256:${"0".repeat(64)}`)) ?? "",
                /has no "genbrain\/agent@sha256:0+"/,
            );
        }
    });

    it("does not take a login page with status 200 for the image", async () => {
        const proxy = await guarded("bearer-for-anyone");
        proxy.page = "<html>Please log in</html>";
        assert.match(
            (await ask(proxy.host)) ?? "",
            /answered 200 with something that is not the manifest "sha256:/,
        );
        const tag = await resolveTag(`${proxy.host}/genbrain/agent`, "sha-19f3175");
        assert.ok(!tag.ok && tag.trouble.includes("did not say the digest"));
    });

    it("says that a registry cannot be reached, after trying again", async () => {
        const proxy = await guarded("basic");
        const { host } = proxy;
        await proxies.splice(0)[0]?.stop();
        assert.match((await ask(host)) ?? "", /no connection \(ECONNREFUSED\) \(tried 3 times\)/);
    });

    it("asks again at 429 and 503, and not at 500", async () => {
        const proxy = await guarded("bearer-for-anyone");
        proxy.statuses = [429, 503];
        assert.equal(await ask(proxy.host), undefined);
        proxy.statuses = [500];
        assert.match((await ask(proxy.host)) ?? "", /answered 500, expected 200/);
        proxy.statuses = [502, 502, 502];
        assert.match((await ask(proxy.host)) ?? "", /answered 502 \(tried 3 times\)/);
    });

    it("gets a token as nobody, where the registry wants one of everybody", async () => {
        const proxy = await guarded("bearer-for-anyone");
        assert.equal(await ask(proxy.host), undefined);
        const token = proxy.seen.find(({ path: asked }) => asked.startsWith("/token"));
        assert.equal(token?.authorization, undefined);
        const query = new URLSearchParams(token?.path.split("?")[1]);
        assert.deepEqual(Object.fromEntries(query), {
            service: "test, registry",
            scope: "repository:a:pull",
        });
    });

    it("shows no credential to whoever a token request is led to, and says so", async () => {
        const proxy = await guarded("bearer");
        const other = await guarded("bearer");
        login(proxy.host);
        proxy.tokenRedirect = `http://${other.host}/token`;
        assert.match(
            (await ask(proxy.host)) ?? "",
            /answered 307, a redirect to "127.*", which is not followed: credentials are for "127/,
        );
        dockerConfig({ auths: { [proxy.host]: { identitytoken: IDENTITY_TOKEN } } });
        assert.match((await ask(proxy.host)) ?? "", /a redirect to ".*", which is not followed/);
        assert.deepEqual(other.seen, []);
    });

    it("shows no credential to a registry that it is led to", async () => {
        const proxy = await guarded("basic");
        const other = await guarded("basic");
        login(proxy.host);
        proxy.redirect = `http://${other.host}`;
        assert.match((await ask(proxy.host)) ?? "", /leads to ".*", which wants credentials/);
        assert.deepEqual(
            other.seen.map(({ authorization }) => authorization),
            [undefined],
        );
    });

    it("follows a registry that leads somebody without credentials elsewhere", async () => {
        const proxy = await guarded("basic");
        proxy.redirect = `http://${registry().host}`;
        assert.equal(await ask(proxy.host), undefined);
    });

    for (const guard of ["basic", "bearer"] as const) {
        describe(`with ${guard} authentication`, () => {
            it("uses the user of docker login", async () => {
                const proxy = await guarded(guard);
                login(proxy.host);
                assert.equal(await ask(proxy.host), undefined);
                assert.equal(
                    proxy.seen[0]?.authorization,
                    undefined,
                    "credentials only when they are asked for",
                );
            });
            it("says docker login, where there are no credentials or wrong ones", async () => {
                const proxy = await guarded(guard);
                assert.match((await ask(proxy.host)) ?? "", /docker login 127/);
                login(proxy.host, "wrong-password");
                const message = (await ask(proxy.host)) ?? "";
                assert.match(message, /refused the credentials|answered 401 to Docker's credentials/);
                assert.ok(!message.includes("wrong-password"));
            });
            it("finds what was not pushed as little as without", async () => {
                const proxy = await guarded(guard);
                login(proxy.host);
                assert.match((await ask(proxy.host, `sha256:${"0".repeat(64)}`)) ?? "", /has no "genbrain/);
            });
        });
    }

    describe("with a credential helper", () => {
        const helper = (name: string, script: string) => {
            fs.writeFileSync(path.join(directory, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, {
                mode: 0o755,
            });
        };
        const answer = (Username: string, Secret: string) =>
            `read server; echo "$server $*" > "${directory}/asked"; printf '%s' '${JSON.stringify({ Username, Secret })}'`;

        it("asks the one that the config names for the registry, through standard input", async () => {
            const proxy = await guarded("basic");
            helper("test", answer(USER.username, USER.password));
            dockerConfig({ credHelpers: { [proxy.host]: "test" }, credsStore: "missing" });
            assert.equal(await ask(proxy.host), undefined);
            assert.equal(fs.readFileSync(path.join(directory, "asked"), "utf8"), `${proxy.host} get\n`);
        });
        it("asks the store of all registries, and exchanges its identity token", async () => {
            const proxy = await guarded("bearer");
            helper("test", answer("<token>", IDENTITY_TOKEN));
            dockerConfig({ credsStore: "test" });
            assert.equal(await ask(proxy.host), undefined);
        });
        it("that has nothing, falls back on the config", async () => {
            const proxy = await guarded("basic");
            helper("test", "echo credentials not found in native keychain; exit 1");
            const auth = Buffer.from(`${USER.username}:${USER.password}`).toString("base64");
            dockerConfig({ credsStore: "test", auths: { [`https://${proxy.host}/v1/`]: { auth } } });
            assert.equal(await ask(proxy.host), undefined);
        });
        it("that fails, is missing, or answers nonsense, is named", async () => {
            const proxy = await guarded("basic");
            helper("broken", "echo the vault is sealed; exit 1");
            helper("nonsense", "echo 42");
            for (const [name, expected] of [
                ["broken", /"docker-credential-broken" for "127.*": the vault is sealed/],
                ["nonsense", /answered something else than Username and Secret/],
                ["not-there", /is not on PATH/],
                ["../evil", /is not the name of a credential helper/],
            ] as const) {
                dockerConfig({ credsStore: name });
                assert.match((await ask(proxy.host)) ?? "", expected);
            }
        });
    });

    it("says where the config is broken, without quoting it", async () => {
        const proxy = await guarded("basic");
        fs.writeFileSync(path.join(directory, "config.json"), '{"auths": secret-text');
        const broken = (await ask(proxy.host)) ?? "";
        assert.match(broken, /config\.json: is not JSON/);
        assert.ok(!broken.includes("secret-text"));
        dockerConfig({ auths: { [proxy.host]: { auth: "bm9jb2xvbg==" } } });
        assert.match((await ask(proxy.host)) ?? "", /is not base64 of "user:password"/);
    });
});
