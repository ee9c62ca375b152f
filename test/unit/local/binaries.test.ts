import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
    binaries,
    clusterVersions,
    linkerFlags,
    type BinaryName,
    type Release,
} from "../../../local/cluster/binaries";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const modules = path.join(PACKAGE_ROOT, "local", "modules");
const releases = Object.keys(clusterVersions) as Release[];
const goMod = (release: Release) => fs.readFileSync(path.join(modules, release, "go.mod"), "utf8");

describe("the Go modules under local/modules/", () => {
    it("are one for each release, and nothing else", () => {
        assert.deepEqual(fs.readdirSync(modules).sort(), [...releases].sort());
    });

    it("require the versions that the cluster says it has", () => {
        const required: Record<Release, string> = {
            kubernetes: "k8s.io/kubernetes",
            etcd: "go.etcd.io/etcd/server/v3",
            kwok: "sigs.k8s.io/kwok",
            registry: "github.com/google/go-containerregistry",
            actionlint: "github.com/rhysd/actionlint",
        };
        for (const release of releases) {
            const line = new RegExp(`^(?:require )?\\s*${required[release]} (\\S+)`, "m").exec(
                goMod(release),
            );
            assert.equal(line?.[1], clusterVersions[release], release);
        }
    });

    it("replace every staging module of Kubernetes by the release that goes with it", () => {
        const replaced = [...goMod("kubernetes").matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)];
        assert.ok(replaced.length > 25, `${replaced.length} replaced`);
        for (const [, module, by, version] of replaced) {
            assert.equal(by, module);
            assert.equal(version, clusterVersions.kubernetes.replace("v1.", "v0."), module);
        }
        const unreleased = [...goMod("kubernetes").matchAll(/^\t(k8s\.io\/\S+) v0\.0\.0(?: |$)/gm)];
        const modules = replaced.map(([, module]) => module);
        for (const [, module] of unreleased) {
            assert.ok(modules.includes(module), `${String(module)} is not replaced`);
        }
    });

    it("name every package that is built, so that go mod tidy keeps what it needs", () => {
        for (const name of Object.keys(binaries) as BinaryName[]) {
            const { release, goPackage } = binaries[name];
            const imports = fs.readFileSync(path.join(modules, release, "tools.go"), "utf8");
            assert.ok(imports.includes(`_ "${goPackage}"`), name);
        }
    });
});

describe("linkerFlags", () => {
    it("give Kubernetes the version that a release reports", () => {
        const flags = linkerFlags("kubernetes");
        assert.match(flags, /-X k8s\.io\/component-base\/version\.gitVersion=v1\.36\.\d+ /);
        assert.match(flags, /-X k8s\.io\/component-base\/version\.gitMajor=1 /);
        assert.match(flags, /-X k8s\.io\/component-base\/version\.gitMinor=36 /);
    });
});
