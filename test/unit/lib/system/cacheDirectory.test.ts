import assert from "node:assert/strict";
import { cachedBinaryPath } from "../../../../local/cluster/binaries";
import { cacheDirectory } from "../../../../lib/system/cacheDirectory";
import { clusterPaths } from "../../../../local/cluster/clusterPaths";
import { hostPlatform } from "../../../../local/cluster/hostPlatform";

describe("cacheDirectory", () => {
    it("follows the platform's convention", () => {
        assert.equal(cacheDirectory({}, "linux", "/home/me"), "/home/me/.cache/customer-orgs");
        assert.equal(cacheDirectory({}, "darwin", "/Users/me"), "/Users/me/Library/Caches/customer-orgs");
    });

    it("follows XDG_CACHE_HOME on Linux alone, and only when it is absolute", () => {
        const env = { XDG_CACHE_HOME: "/var/cache/me" };
        assert.equal(cacheDirectory(env, "linux", "/home/me"), "/var/cache/me/customer-orgs");
        assert.equal(cacheDirectory(env, "darwin", "/Users/me"), "/Users/me/Library/Caches/customer-orgs");
        assert.equal(
            cacheDirectory({ XDG_CACHE_HOME: "cache" }, "linux", "/home/me"),
            "/home/me/.cache/customer-orgs",
        );
    });

    it("is CUSTOMER_ORGS_CACHE as it stands when that is set", () => {
        const env = { CUSTOMER_ORGS_CACHE: "/fast/disk", XDG_CACHE_HOME: "/var/cache/me" };
        assert.equal(cacheDirectory(env, "linux", "/home/me"), "/fast/disk");
        assert.equal(
            cacheDirectory({ CUSTOMER_ORGS_CACHE: "" }, "linux", "/home/me"),
            "/home/me/.cache/customer-orgs",
        );
    });

    it("refuses a relative CUSTOMER_ORGS_CACHE", () => {
        assert.throws(
            () => cacheDirectory({ CUSTOMER_ORGS_CACHE: "cache" }, "linux", "/home/me"),
            /CUSTOMER_ORGS_CACHE is "cache": expected an absolute path/,
        );
    });
});

describe("hostPlatform", () => {
    it("knows Linux and macOS on both processors, in Go's spelling", () => {
        assert.deepEqual(hostPlatform("linux", "x64"), { os: "linux", arch: "amd64" });
        assert.deepEqual(hostPlatform("darwin", "arm64"), { os: "darwin", arch: "arm64" });
    });

    it("refuses what has no control plane", () => {
        assert.throws(() => hostPlatform("win32", "x64"), /"win32\/x64": expected Linux or macOS/);
        assert.throws(() => hostPlatform("linux", "ia32"), /"linux\/ia32"/);
    });
});

describe("cachedBinaryPath", () => {
    it("keeps versions and platforms apart", () => {
        assert.match(
            cachedBinaryPath("/cache", "kube-apiserver", { os: "linux", arch: "arm64" }),
            /^\/cache\/bin\/kubernetes-v\d+\.\d+\.\d+-linux-arm64\/kube-apiserver$/,
        );
    });
});

describe("clusterPaths", () => {
    it("keeps all of a cluster below one folder", () => {
        const { lock, context, name, ...rest } = clusterPaths("demo-1", "/cache");
        assert.equal(name, "demo-1");
        assert.equal(context, "customer-orgs-demo-1");
        assert.ok(!lock.startsWith("/cache/clusters/demo-1/"), "the lock outlives the folder");
        for (const path of Object.values(rest)) {
            assert.match(path, /^\/cache\/clusters\/demo-1(\/|$)/);
        }
    });

    it("refuses names that are no DNS label, or would leave the folder", () => {
        for (const name of ["", "..", "a/b", "-a", "a-", "A", "a".repeat(31), ".hidden"]) {
            assert.throws(() => clusterPaths(name, "/cache"), /cannot be a cluster's name/, name);
        }
        assert.equal(clusterPaths("a".repeat(30), "/cache").name.length, 30);
    });
});
