import * as path from "node:path";
import type { HostPlatform } from "./hostPlatform";

/** Versions of the control plane and of the other tools. The go.mod files under local/modules/ require the same ones (a test compares them). */
export const clusterVersions = {
    kubernetes: "v1.36.3",
    etcd: "v3.6.16",
    kwok: "v0.8.0",
    registry: "v0.22.1",
    actionlint: "v1.7.12",
} as const;

/** A release that several binaries come from. It is also the name of the folder under local/modules/. */
export type Release = keyof typeof clusterVersions;

/** How one binary is recognised, downloaded and built. */
export interface BinarySpec {
    readonly release: Release;
    /**
     * Arguments that make the binary print its version and exit; empty for one that cannot tell, which is then never taken
     * from PATH.
     */
    readonly versionArgs: readonly string[];
    /** The Go package that `go build` builds in local/modules/<release>. */
    readonly goPackage: string;
    /** Rough minutes of a cold build on two cores, for the progress line. */
    readonly buildMinutes: number;
}

const kubernetes = (command: string, buildMinutes: number, versionArgs = ["--version"]): BinarySpec => ({
    release: "kubernetes",
    versionArgs,
    goPackage: `k8s.io/kubernetes/cmd/${command}`,
    buildMinutes,
});

const kwok = (command: string, buildMinutes: number): BinarySpec => ({
    release: "kwok",
    versionArgs: ["--version"],
    goPackage: `sigs.k8s.io/kwok/cmd/${command}`,
    buildMinutes,
});

/** Every binary that can be had through `ensureBinary`. */
export const binaries = {
    etcd: {
        release: "etcd",
        versionArgs: ["--version"],
        goPackage: "go.etcd.io/etcd/server/v3",
        buildMinutes: 1,
    },
    "kube-apiserver": kubernetes("kube-apiserver", 5),
    "kube-controller-manager": kubernetes("kube-controller-manager", 2),
    "kube-scheduler": kubernetes("kube-scheduler", 1),
    kwok: kwok("kwok", 1),
    kwokctl: kwok("kwokctl", 3),
    kubectl: kubernetes("kubectl", 1, ["version", "--client"]),
    // go-containerregistry's registry, in memory and on loopback only, for tests.
    registry: {
        release: "registry",
        versionArgs: [],
        goPackage: "github.com/google/go-containerregistry/cmd/registry",
        buildMinutes: 1,
    },
    actionlint: {
        release: "actionlint",
        versionArgs: ["-version"],
        goPackage: "github.com/rhysd/actionlint/cmd/actionlint",
        buildMinutes: 1,
    },
} as const satisfies Record<string, BinarySpec>;

/** A name that `ensureBinary` knows. */
export type BinaryName = keyof typeof binaries;

/**
 * What a cluster cannot start without, in the order in which they are had: the long build first would make a machine
 * with no Go wait for nothing, so the small ones lead. kubectl is not among them.
 */
export const requiredBinaries = [
    "kwokctl",
    "kwok",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
] as const satisfies readonly BinaryName[];

/** The version that is wanted of a binary, with its leading `v`. */
export function binaryVersion(name: BinaryName): string {
    return clusterVersions[binaries[name].release];
}

/** Where a binary lies in the cache: `bin/<release>-<version>-<os>-<arch>/<name>`, so that versions never meet. */
export function cachedBinaryPath(cache: string, name: BinaryName, platform: HostPlatform): string {
    const { release } = binaries[name];
    const folder = `${release}-${clusterVersions[release]}-${platform.os}-${platform.arch}`;
    return path.join(cache, "bin", folder, name);
}

/**
 * Linker flags that give a build the version that an official release reports. Without them kube-apiserver calls
 * itself `v0.0.0-master` and clients that look at its version misbehave.
 */
export function linkerFlags(release: Release): string {
    const version = clusterVersions[release];
    const set = (variable: string, value: string) => `-X ${variable}=${value}`;
    switch (release) {
        case "kubernetes": {
            const [major = "", minor = ""] = version.slice(1).split(".");
            return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
                .flatMap((variables) => [
                    set(`${variables}.gitVersion`, version),
                    set(`${variables}.gitMajor`, major),
                    set(`${variables}.gitMinor`, minor),
                    set(`${variables}.gitTreeState`, "clean"),
                ])
                .join(" ");
        }
        case "kwok":
            return set("sigs.k8s.io/kwok/pkg/consts.Version", version);
        case "actionlint":
            return set("github.com/rhysd/actionlint.version", version);
        case "etcd":
        case "registry":
            // etcd's version is a constant of its module; the registry has none.
            return "";
    }
}
