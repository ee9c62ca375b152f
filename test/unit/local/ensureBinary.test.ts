import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { binaryVersion, cachedBinaryPath } from "../../../local/cluster/binaries";
import { ensureBinaries, ensureBinary } from "../../../local/cluster/ensureBinary";
import { hostPlatform } from "../../../local/cluster/hostPlatform";
import type { ReleaseHosts } from "../../../local/cluster/officialRelease";

/** A stand-in for a binary: it prints a version, as the real ones do. */
const script = (version: string) => `#!/bin/sh\necho "version ${version}"\n`;
const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const noBuild = async () => Promise.reject(new Error("no Go here"));

describe("ensureBinary", () => {
    let folder: string;
    let server: Server;
    let hosts: ReleaseHosts;
    /** What the release host answers: the end of the path → the body. */
    let files: Record<string, string | Buffer>;
    let requests: string[];
    const kubectl = binaryVersion("kubectl");
    const platform = hostPlatform();
    const options = (more: object = {}) => ({
        cache: folder,
        searchPath: "",
        hosts,
        build: noBuild,
        ...more,
    });

    beforeEach(async () => {
        folder = await mkdtemp(path.join(os.tmpdir(), "ensure-binary-"));
        files = {};
        requests = [];
        server = createServer(({ url = "" }, response) => {
            requests.push(url);
            const body = Object.entries(files).find(([end]) => url.endsWith(end))?.[1];
            response.writeHead(body === undefined ? 404 : 200).end(body);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        hosts = { kubernetes: origin, github: origin, githubApi: origin };
    });
    afterEach(async () => {
        server.closeAllConnections();
        server.close();
        await rm(folder, { recursive: true });
    });

    const placeOnPath = async (content: string) => {
        const bin = path.join(folder, "path");
        await mkdir(bin, { recursive: true });
        await writeFile(path.join(bin, "kubectl"), content, { mode: 0o755 });
        return bin;
    };

    it("takes one from PATH that has the wanted minor version", async () => {
        const bin = await placeOnPath(script(kubectl));
        assert.equal(
            await ensureBinary("kubectl", options({ searchPath: `/nowhere:${bin}` })),
            path.join(bin, "kubectl"),
        );
        assert.deepEqual(requests, []);
    });

    it("passes over one on PATH with another version, one that fails and one that is not executable", async () => {
        const content = script(kubectl);
        files = { "/kubectl": content, "/kubectl.sha256": sha256(content) };
        for (const [index, bad] of [
            script("v1.32.4-other"),
            "#!/bin/sh\nexit 3\n",
            "#!/bin/sh\n",
        ].entries()) {
            const bin = await placeOnPath(bad);
            if (index === 2) {
                await chmod(path.join(bin, "kubectl"), 0o644);
            }
            const found = await ensureBinary("kubectl", options({ searchPath: bin }));
            assert.equal(found, cachedBinaryPath(folder, "kubectl", platform), bad);
        }
    });

    it("downloads what its published checksum confirms, once", async () => {
        const content = script(kubectl);
        files = { "/kubectl": content, "/kubectl.sha256": `${sha256(content)}\n` };
        const found = await ensureBinary("kubectl", options());
        assert.equal(found, cachedBinaryPath(folder, "kubectl", platform));
        assert.equal(await readFile(found, "utf8"), content);
        assert.equal(await ensureBinary("kubectl", options()), found);
        assert.equal(requests.length, 2);
        assert.deepEqual(await readdir(path.dirname(found)), ["kubectl"], "no lock or draft is left");
    });

    it("refuses a download that differs from its checksum, and keeps nothing of it", async () => {
        files = { "/kubectl": script(kubectl), "/kubectl.sha256": sha256("something else") };
        await assert.rejects(ensureBinary("kubectl", options()), (error: Error) => {
            assert.match(error.message, /^cannot get kubectl v1\.\S+\. Tried:\n/);
            assert.match(error.message, /kubectl is not on PATH/);
            assert.match(
                error.message,
                /its SHA-256 is "[0-9a-f]{64}", but "[0-9a-f]{64}" is published: refused/,
            );
            assert.match(error.message, /no Go here/);
            assert.match(error.message, /Install kubectl on PATH, or Go 1\.26/);
            return true;
        });
        assert.deepEqual(await readdir(path.dirname(cachedBinaryPath(folder, "kubectl", platform))), []);
    });

    it("does not even download what has no published checksum", async () => {
        files = { "/kubectl": script(kubectl) };
        await assert.rejects(ensureBinary("kubectl", options()), /kubectl\.sha256: HTTP 404/);
        assert.ok(requests.every((url) => url.endsWith(".sha256")));
    });

    it("refuses a verified download that does not answer with the wanted version", async () => {
        const content = script("v1.20.0");
        files = { "/kubectl": content, "/kubectl.sha256": sha256(content) };
        await assert.rejects(ensureBinary("kubectl", options()), /is "v1\.20\.0": expected 1\.36/);
        await assert.rejects(access(cachedBinaryPath(folder, "kubectl", platform)));
    });

    it("unpacks etcd from its archive, verified as a whole", async () => {
        const name = `etcd-${binaryVersion("etcd")}-${platform.os}-${platform.arch}`;
        await mkdir(path.join(folder, name));
        await writeFile(path.join(folder, name, "etcd"), script(binaryVersion("etcd")), { mode: 0o755 });
        const archive = path.join(folder, "etcd.archive");
        execFileSync("tar", ["-czf", archive, "-C", folder, name]);
        const content = await readFile(archive);
        const file = `${name}.${platform.os === "linux" ? "tar.gz" : "zip"}`;
        files = {
            [`/${file}`]: content,
            [`/tags/${binaryVersion("etcd")}`]: JSON.stringify({
                assets: [{ name: file, digest: `sha256:${sha256(content)}` }],
            }),
        };
        const found = await ensureBinary("etcd", options());
        assert.equal(await readFile(found, "utf8"), script(binaryVersion("etcd")));
        assert.deepEqual(await readdir(path.dirname(found)), ["etcd"]);
    });

    it("builds what cannot be downloaded, once for callers that come together", async () => {
        let builds = 0;
        const build = async (_name: string, destination: string) => {
            builds++;
            await writeFile(destination, script(kubectl));
        };
        const paths = await Promise.all(
            Array.from({ length: 4 }, async () => ensureBinary("kubectl", options({ build }))),
        );
        assert.equal(builds, 1);
        assert.deepEqual(new Set(paths), new Set([cachedBinaryPath(folder, "kubectl", platform)]));
    });

    it("leaves nothing half-built when it is aborted", async () => {
        const controller = new AbortController();
        const build = async (_name: string, destination: string) => {
            await writeFile(destination, "half");
            controller.abort(new Error("stopped by the user"));
            throw new Error("go build: killed");
        };
        await assert.rejects(
            ensureBinary("kubectl", options({ build, signal: controller.signal })),
            /^Error: stopped by the user$/,
        );
        assert.deepEqual(await readdir(path.dirname(cachedBinaryPath(folder, "kubectl", platform))), []);
    });

    it("names all that is missing when the first cannot be had", async () => {
        await assert.rejects(
            ensureBinaries(["kwokctl", "kwok", "etcd"], options()),
            /cannot get kwokctl[^]*Also missing, and not tried yet: kwok, etcd\./,
        );
    });
});
