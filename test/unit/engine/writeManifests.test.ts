import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../../engine/evaluateProgram";
import {
    formatManifests,
    sortIntoFiles,
    writeManifests,
    type ManifestFiles,
    type ManifestOwner,
} from "../../../engine/writeManifests";

function object(kind: string, name: string, namespace?: string): KubernetesObject {
    return {
        apiVersion: "v1",
        kind,
        metadata: { ...(namespace === undefined ? {} : { namespace }), name },
        data: { zeta: "1", alpha: "yes" },
    };
}

const ORG = [
    object("Deployment", "agent-b", "org-acme"),
    object("Deployment", "agent-a", "org-acme"),
    object("ResourceQuota", "org-quota", "org-acme"),
    object("Namespace", "org-acme"),
];

describe("sortIntoFiles", () => {
    it("makes one file for the platform and one for every org's namespace", () => {
        const files = sortIntoFiles({
            platform: [object("Namespace", "agents")],
            customerOrgs: [...ORG, object("Namespace", "org-globex")],
            outputs: {},
        });
        assert.deepEqual(
            [...files].map(([name, objects]) => [name, objects.length]),
            [
                ["platform.yaml", 1],
                ["org-acme.yaml", 4],
                ["org-globex.yaml", 1],
            ],
        );
    });

    it("makes no file for a platform that was not rendered", () => {
        assert.deepEqual([...sortIntoFiles({ platform: [], customerOrgs: [], outputs: {} }).keys()], []);
    });
});

describe("formatManifests", () => {
    it("writes the namespace first, Deployments last, and what people look for first in each", () => {
        const text = formatManifests(ORG);
        assert.deepEqual(
            [...text.matchAll(/^kind: (.*)$/gm)].map((match) => match[1]),
            ["Namespace", "ResourceQuota", "Deployment", "Deployment"],
        );
        assert.equal(
            text.slice(text.lastIndexOf("---\n")),
            [
                "---",
                "apiVersion: v1",
                "kind: Deployment",
                "metadata:",
                "  name: agent-b",
                "  namespace: org-acme",
                "data:",
                '  alpha: "yes"',
                '  zeta: "1"',
                "",
            ].join("\n"),
        );
    });

    it("quotes texts that kubectl, which reads YAML 1.1, would take for something else", () => {
        const data = { a: "no", b: "on", c: "1_000", d: "0b11", e: "2026-12-01", f: "12:30:45", g: "0o17" };
        const text = formatManifests([{ ...object("ConfigMap", "texts"), data }]);
        assert.deepEqual(parseAllDocuments(text, { version: "1.1" })[0]?.toJS(), {
            ...object("ConfigMap", "texts"),
            data,
        });
    });

    it("does not depend on the order in which objects or fields were declared", () => {
        const expected = formatManifests(ORG);
        fc.assert(
            fc.property(
                fc.shuffledSubarray(ORG, { minLength: ORG.length }),
                fc.boolean(),
                (objects, reversed) => {
                    const fields = (one: KubernetesObject) => Object.entries(one);
                    const shuffled = objects.map(
                        (one) =>
                            Object.fromEntries(
                                reversed ? fields(one).reverse() : fields(one),
                            ) as KubernetesObject,
                    );
                    assert.equal(formatManifests(shuffled), expected);
                },
            ),
        );
    });

    it("is read back to the same values, long lines and odd text included", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string(), fc.string()), (data) => {
                const one = { ...object("ConfigMap", "x"), data: Object.fromEntries(Object.entries(data)) };
                const [document, ...more] = parseAllDocuments(formatManifests([one]));
                assert.equal(more.length, 0);
                assert.deepEqual(document?.toJS(), one);
            }),
        );
    });

    it("writes no anchors, which reviewers and some tools stumble over", () => {
        const shared = { cpu: "1" };
        const one = { ...object("X", "x"), a: shared, b: shared };
        assert.doesNotMatch(formatManifests([one]), /[&*]a/);
    });
});

describe("writeManifests", () => {
    let directory: string;
    beforeEach(() => {
        directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "manifests-")), "deep", "out");
    });
    afterEach(() => {
        fs.rmSync(path.join(directory, "..", ".."), { recursive: true });
    });

    const files = (...names: string[]) => new Map(names.map((name) => [name, [object("Namespace", name)]]));
    const write = (manifests: ManifestFiles, parts: Partial<ManifestOwner> = {}) =>
        writeManifests(directory, manifests, {
            ...{ stack: "prod", projects: ["platform", "customer-orgs"], maxDeletions: 3 },
            ...parts,
        });
    const present = () => fs.readdirSync(directory).filter((name) => !name.startsWith("."));

    it("makes the directory and says what it wrote", () => {
        assert.deepEqual(write(files("org-b.yaml", "org-a.yaml")), {
            written: ["org-a.yaml", "org-b.yaml"],
            deleted: [],
            unowned: [],
        });
        assert.deepEqual(present(), ["org-a.yaml", "org-b.yaml"]);
    });

    it("deletes what an earlier run wrote and this one has not, and nothing else", () => {
        write(files("org-a.yaml", "org-b.yaml"));
        fs.writeFileSync(path.join(directory, "org-mine.yaml"), "");
        fs.writeFileSync(path.join(directory, "kustomization.yaml"), "");
        assert.deepEqual(write(files("org-b.yaml")).deleted, ["org-a.yaml"]);
        assert.deepEqual(present(), ["kustomization.yaml", "org-b.yaml", "org-mine.yaml"]);
        // Forgotten once it is gone: a file of that name is somebody else's from now on.
        fs.writeFileSync(path.join(directory, "org-a.yaml"), "");
        assert.deepEqual(write(files("org-b.yaml")).deleted, []);
        assert.ok(present().includes("org-a.yaml"));
    });

    it("writes the same bytes again", () => {
        const bytes = () =>
            fs.readdirSync(directory).map((name) => fs.readFileSync(path.join(directory, name), "utf8"));
        write(files("org-b.yaml", "org-a.yaml"));
        const before = bytes();
        write(files("org-a.yaml", "org-b.yaml"));
        assert.deepEqual(bytes(), before);
    });

    it("deletes nothing outside the directory, whatever its list says", () => {
        write(files("org-a.yaml"));
        const outside = path.join(directory, "..", "precious.yaml");
        fs.writeFileSync(outside, "");
        const names = ["../precious.yaml", "/etc/passwd", "precious", "", "deep/x.yaml", "..yaml"];
        fs.writeFileSync(path.join(directory, ".rendered-files"), names.join("\n"));
        assert.deepEqual(write(files("org-a.yaml")).deleted, []);
        assert.ok(fs.existsSync(outside));
    });

    it("does not mind that somebody has deleted a file before", () => {
        write(files("org-a.yaml"));
        fs.rmSync(path.join(directory, "org-a.yaml"));
        assert.deepEqual(write(files("org-b.yaml")).deleted, ["org-a.yaml"]);
    });

    it("deletes nothing of another project or stack, and overwrites nothing of theirs", () => {
        write(files("platform.yaml", "org-a.yaml"));
        assert.deepEqual(write(files("platform.yaml"), { projects: ["platform"] }).deleted, []);
        assert.deepEqual(write(files("org-x.yaml"), { stack: "staging" }).deleted, []);
        assert.deepEqual(present(), ["org-a.yaml", "org-x.yaml", "platform.yaml"]);
        assert.throws(
            () => write(files("platform.yaml", "org-x.yaml"), { stack: "staging" }),
            /another stack's manifests under the same names: "platform\.yaml" \(platform\/prod\).*Nothing was written/,
        );
        // Who wrote what is remembered through the others' runs.
        assert.deepEqual(write(files("platform.yaml")).deleted, ["org-a.yaml"]);
        assert.deepEqual(write(files("org-y.yaml"), { stack: "staging" }).deleted, ["org-x.yaml"]);
    });

    it("deletes no more than a few at once, and writes nothing where it would be more", () => {
        write(files("org-a.yaml", "org-b.yaml", "org-c.yaml", "org-d.yaml"));
        assert.throws(
            () => write(files("org-new.yaml")),
            /4 files would be deleted .*org-a\.yaml, org-b\.yaml.*--max-deletions 4/,
        );
        assert.deepEqual(present(), ["org-a.yaml", "org-b.yaml", "org-c.yaml", "org-d.yaml"]);
        assert.equal(write(files("org-new.yaml"), { maxDeletions: 4 }).deleted.length, 4);
    });

    it("leaves what an earlier version wrote without saying whose it is, and names it", () => {
        write(files("org-a.yaml", "org-b.yaml"));
        fs.writeFileSync(path.join(directory, ".rendered-files"), "org-a.yaml\norg-b.yaml\n");
        const { deleted, unowned } = write(files("org-b.yaml"));
        assert.deepEqual([deleted, unowned], [[], ["org-a.yaml"]]);
        assert.ok(present().includes("org-a.yaml"));
    });
});
