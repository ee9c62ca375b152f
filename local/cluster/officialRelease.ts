import { z } from "zod";
import { binaryVersion, type BinaryName } from "./binaries";
import type { HostPlatform } from "./hostPlatform";

/** Where a binary is published, and where its checksum is. */
export interface OfficialRelease {
    /** The file to download. */
    readonly url: string;
    /** The name of the binary inside it, when the file is an archive. */
    readonly member?: string;
    /** The document that publishes the SHA-256 of the file. */
    readonly checksumUrl: string;
    /**
     * Finds the checksum, 64 lower-case hex digits, in the text of that document.
     *
     * @throws Error when it is not there.
     */
    readonly readChecksum: (document: string) => string;
}

/** The hosts that releases come from; tests put their own in place. */
export interface ReleaseHosts {
    readonly kubernetes: string;
    readonly github: string;
    readonly githubApi: string;
}

const officialHosts: ReleaseHosts = {
    kubernetes: "https://dl.k8s.io",
    github: "https://github.com",
    githubApi: "https://api.github.com",
};

/**
 * The official release of a binary; undefined where the project publishes none (a Kubernetes control plane for macOS).
 * Kubernetes publishes a checksum file beside each binary; for the others the digest is used that GitHub computes for
 * each file of a release.
 *
 * @see https://kubernetes.io/releases/download/
 * @see https://docs.github.com/en/rest/releases/releases#get-a-release-by-tag-name
 */
export function officialRelease(
    name: BinaryName,
    platform: HostPlatform,
    hosts: ReleaseHosts = officialHosts,
): OfficialRelease | undefined {
    const version = binaryVersion(name);
    const { os, arch } = platform;
    switch (name) {
        case "kube-apiserver":
        case "kube-controller-manager":
        case "kube-scheduler":
        case "kubectl": {
            if (os !== "linux" && name !== "kubectl") {
                return undefined;
            }
            const url = `${hosts.kubernetes}/release/${version}/bin/${os}/${arch}/${name}`;
            return { url, checksumUrl: `${url}.sha256`, readChecksum: bareChecksum };
        }
        case "etcd": {
            const folder = `etcd-${version}-${os}-${arch}`;
            return {
                ...githubAsset(
                    hosts,
                    "etcd-io/etcd",
                    version,
                    `${folder}.${os === "linux" ? "tar.gz" : "zip"}`,
                ),
                member: `${folder}/etcd`,
            };
        }
        case "kwok":
        case "kwokctl":
            return githubAsset(hosts, "kubernetes-sigs/kwok", version, `${name}-${os}-${arch}`);
        case "actionlint":
            return {
                ...githubAsset(
                    hosts,
                    "rhysd/actionlint",
                    version,
                    `actionlint_${version.slice(1)}_${os}_${arch}.tar.gz`,
                ),
                member: "actionlint",
            };
        case "registry":
            // Its project releases other commands only.
            return undefined;
    }
}

function githubAsset(hosts: ReleaseHosts, repository: string, tag: string, file: string): OfficialRelease {
    return {
        url: `${hosts.github}/${repository}/releases/download/${tag}/${file}`,
        checksumUrl: `${hosts.githubApi}/repos/${repository}/releases/tags/${tag}`,
        readChecksum: (document) => assetDigest(document, file),
    };
}

function bareChecksum(document: string): string {
    const checksum = document.trim().toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(checksum)) {
        throw new Error(`"${checksum.slice(0, 80)}" is not a SHA-256: expected 64 hex digits`);
    }
    return checksum;
}

const githubReleaseSchema = z.object({
    assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

function assetDigest(document: string, file: string): string {
    const release = githubReleaseSchema.parse(JSON.parse(document));
    const digest = release.assets.find(({ name }) => name === file)?.digest;
    const checksum = /^sha256:([0-9a-f]{64})$/.exec(digest ?? "")?.[1];
    if (checksum === undefined) {
        throw new Error(`the release lists no SHA-256 digest for "${file}"`);
    }
    return checksum;
}
