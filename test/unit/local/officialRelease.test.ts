import assert from "node:assert/strict";
import { officialRelease, type OfficialRelease } from "../../../local/cluster/officialRelease";

const linux = { os: "linux", arch: "amd64" } as const;
const mac = { os: "darwin", arch: "arm64" } as const;
const digest = "0123456789abcdef".repeat(4);

describe("officialRelease", () => {
    it("finds Kubernetes' binaries with the checksum file beside them", () => {
        const release = officialRelease("kube-apiserver", linux) as OfficialRelease;
        assert.match(
            release.url,
            /^https:\/\/dl\.k8s\.io\/release\/v1\.[\d.]+\/bin\/linux\/amd64\/kube-apiserver$/,
        );
        assert.equal(release.checksumUrl, `${release.url}.sha256`);
        assert.equal(release.readChecksum(`${digest.toUpperCase()}\n`), digest);
    });

    it("refuses a checksum file that holds something else", () => {
        const release = officialRelease("kube-apiserver", linux) as OfficialRelease;
        for (const document of ["", "<html>", digest.slice(1), `${digest} kube-apiserver`]) {
            assert.throws(() => release.readChecksum(document), /is not a SHA-256/, document);
        }
    });

    it("knows that the control plane is not published for macOS, but kubectl, etcd and kwok are", () => {
        assert.equal(officialRelease("kube-apiserver", mac), undefined);
        assert.equal(officialRelease("kube-scheduler", mac), undefined);
        assert.match(officialRelease("kubectl", mac)?.url ?? "", /darwin\/arm64\/kubectl$/);
        assert.match(officialRelease("etcd", mac)?.url ?? "", /-darwin-arm64\.zip$/);
        assert.match(officialRelease("kwokctl", mac)?.url ?? "", /\/kwokctl-darwin-arm64$/);
    });

    it("reads the digest that GitHub lists for exactly this file", () => {
        const release = officialRelease("kwok", linux) as OfficialRelease;
        const listing = (assets: unknown[]) => JSON.stringify({ tag_name: "v0", assets });
        const other = { name: "kwokctl-linux-amd64", digest: `sha256:${"f".repeat(64)}` };
        assert.equal(
            release.readChecksum(listing([other, { name: "kwok-linux-amd64", digest: `sha256:${digest}` }])),
            digest,
        );
        for (const assets of [
            [],
            [other],
            [{ name: "kwok-linux-amd64", digest: null }],
            [{ name: "kwok-linux-amd64" }],
            [{ name: "kwok-linux-amd64", digest: `md5:${digest}` }],
        ]) {
            assert.throws(
                () => release.readChecksum(listing(assets)),
                /no SHA-256 digest for "kwok-linux-amd64"/,
            );
        }
        assert.throws(() => release.readChecksum(`{"message": "rate limit exceeded"}`));
        assert.throws(() => release.readChecksum("<html>"));
    });

    it("names the binary inside etcd's archive", () => {
        assert.match(officialRelease("etcd", linux)?.member ?? "", /^etcd-v3\.[\d.]+-linux-amd64\/etcd$/);
    });

    it("finds actionlint for every platform, and knows that the test registry is published nowhere", () => {
        for (const platform of [linux, mac]) {
            const release = officialRelease("actionlint", platform);
            const { os, arch } = platform;
            assert.match(
                release?.url ?? "",
                new RegExp(`/actionlint_1\\.7\\.\\d+_${os}_${arch}\\.tar\\.gz$`),
            );
            assert.equal(release?.member, "actionlint");
            assert.equal(officialRelease("registry", platform), undefined);
        }
    });
});
