import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { checkObjects } from "../../../../policy/check/checkObjects";
import { readManifests } from "../../../../policy/check/readManifests";
import { readPackConfig } from "../../../../policy/check/readPackConfig";

const DIGEST = `sha256:${"b".repeat(64)}`;

const pod = (name: string, image: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { containers: [{ name: c, image: "${image}" }] }\n`;

const overlay = (fields: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { containers: [{ name: c, ${fields} }] } } }\n`;

describe("readManifests", () => {
    let root: string;

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "manifests-"));
    });

    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    /** Writes files, then says what is violated where, and what was not read or left out. */
    function check(files: Readonly<Record<string, string | Uint8Array>>, source = ".") {
        for (const [name, content] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
            fs.writeFileSync(path.join(root, name), content);
        }
        const input = readManifests(path.join(root, source));
        const results = checkObjects(input, readPackConfig(undefined), { now: new Date(0) });
        const relative = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, ".");
        return {
            violations: results
                .filter(({ level }) => level === "mandatory")
                .map(({ origin, finding }) => `${relative(origin)} ${finding.path ?? ""}`),
            problems: input.problems.map(relative),
            notes: input.notes.map(relative),
        };
    }

    for (const [encoding, bytes] of [
        ["UTF-8 with a mark", Buffer.from(`\ufeff${pod("p", "nginx")}`)],
        ["UTF-16 with a mark", Buffer.from(`\ufeff${pod("p", "nginx")}`, "utf16le")],
        ["UTF-16 the other way round", Buffer.from(`\ufeff${pod("p", "nginx")}`, "utf16le").swap16()],
        ["UTF-16 without a mark", Buffer.from(pod("p", "nginx"), "utf16le")],
    ] as const) {
        it(`reads ${encoding}`, () => {
            assert.deepEqual(check({ "a.yaml": bytes }).violations, ["a.yaml spec.containers[0].image"]);
        });
    }

    it("reports a file that is no text, and still reads the others", () => {
        const { violations, problems } = check({
            "a.yaml": Buffer.from([0x61, 0xe9, 0x0a]),
            "b.yaml": pod("p", "nginx"),
        });
        assert.deepEqual(problems, ["a.yaml: is not text in UTF-8"]);
        assert.equal(violations.length, 1);
    });

    it("follows links to directories, in a circle once", () => {
        check({ "elsewhere/p.yaml": pod("p", "nginx"), "k8s/q.yaml": pod("q", "nginx") });
        fs.symlinkSync("../elsewhere", path.join(root, "k8s/linked"));
        fs.symlinkSync("..", path.join(root, "k8s/up"));
        const { violations, notes } = check({}, "k8s");
        assert.deepEqual(violations.length, 2);
        assert.ok(
            notes.some((note) => /leads to a directory that is read already/.test(note)),
            notes.join("\n"),
        );
    });

    it("reports a broken link and keeps the findings beside it", () => {
        fs.symlinkSync("nowhere.yaml", path.join(root, "a.yaml"));
        const { violations, problems } = check({ "b.yaml": pod("p", "nginx") });
        assert.equal(violations.length, 1);
        assert.match(problems[0] ?? "", /^a\.yaml: the link cannot be read/);
    });

    it("says how many files it left out for their name", () => {
        const { notes } = check({ "a.yaml": pod("p", `nginx@${DIGEST}`), "b.yaml.tpl": "x", "c.txt": "y" });
        assert.match(notes[0] ?? "", /2 files are left out .*"b\.yaml\.tpl", "c\.txt"/);
    });

    describe("of a kustomization", () => {
        const base = {
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "base/web.yaml": overlay(`image: "web@${DIGEST}"`),
        };

        it("does not ask for an image in a patch, however it is named", () => {
            const result = check({
                ...base,
                "prod/kustomization.yaml":
                    "resources: [../base]\npatches: [{ path: a.yaml }]\npatchesStrategicMerge: [patches/b.yaml]\n",
                "prod/a.yaml": overlay("resources: {}"),
                "prod/patches/b.yaml": overlay("env: []"),
            });
            assert.deepEqual(result, { violations: [], problems: [], notes: [] });
        });

        it("judges the images that a patch brings", () => {
            const { violations } = check({
                ...base,
                "prod/kustomization.yaml": "resources: [../base]\npatches: [{ path: a.yaml }]\n",
                "prod/a.yaml": overlay("image: web:stable"),
            });
            assert.deepEqual(violations, ["prod/a.yaml spec.template.spec.containers[0].image"]);
        });

        it("asks for the image of an object that is a patch nowhere or a resource somewhere", () => {
            const { violations } = check({
                "a/kustomization.yaml": "patches: [{ path: ../web.yaml }]\n",
                "b/kustomization.yaml": "resources: [../web.yaml]\n",
                "web.yaml": overlay("env: []"),
                "other.yaml": overlay("env: []"),
            });
            assert.deepEqual(violations, [
                "other.yaml spec.template.spec.containers[0].image",
                "web.yaml spec.template.spec.containers[0].image",
            ]);
        });

        it("knows a patch that is named by itself", () => {
            const files = {
                ...base,
                "prod/kustomization.yaml": "resources: [../base]\npatches: [{ path: patches/a.yaml }]\n",
                "prod/patches/a.yaml": overlay("resources: {}"),
            };
            assert.deepEqual(check(files, "prod/patches/a.yaml"), {
                violations: [],
                problems: [],
                notes: [],
            });
        });

        it("finds a new tag that takes the digest away, and lets a new digest through", () => {
            const { violations } = check({
                ...base,
                "prod/kustomization.yaml":
                    "resources: [../base]\nimages:\n  - { name: web, newTag: latest }\n" +
                    `  - { name: web, digest: "${DIGEST}" }\n  - { name: web, newName: ghcr.io/acme/web }\n` +
                    "  - { name: web, newName: ghcr.io/acme/web, newTag: 1.5 }\n  - { name: web, newTag: abc1234 }\n",
            });
            assert.deepEqual(violations, [
                "prod/kustomization.yaml images[0].newTag",
                "prod/kustomization.yaml images[3].newTag",
            ]);
        });

        it("judges patches that are written out in it, merged ones and JSON patches", () => {
            const inner = overlay("image: web:stable").replaceAll("\n", "\n      ");
            const { violations } = check({
                ...base,
                "prod/kustomization.yaml":
                    `resources: [../base]\npatches:\n  - patch: |-\n      ${inner}\n` +
                    "  - patch: |-\n" +
                    "      - { op: replace, path: /spec/template/spec/containers/0/image, value: 'web:latest' }\n" +
                    "      - { op: add, path: /spec/template/spec/containers/-, value: { name: s, image: 'side:1' } }\n" +
                    "      - { op: add, path: /metadata/annotations/image, value: 'web:latest' }\n" +
                    "      - { op: remove, path: /spec/template/spec/containers/0/image }\n",
            });
            assert.deepEqual(violations, [
                "prod/kustomization.yaml patches[0].patch.spec.template.spec.containers[0].image",
                "prod/kustomization.yaml patches[1].patch[0].value",
                "prod/kustomization.yaml patches[1].patch[1].value.image",
            ]);
        });

        it("judges what Argo CD and Flux lay over the manifests that they deliver, images and patches", () => {
            const kustomize =
                'kustomize:\n      images: ["web=ghcr.io/acme/web:latest", "web=ghcr.io/acme/api", "ghcr.io/acme/ok:abc1234"]\n' +
                "      patches:\n        - patch: '[{ op: replace, path: /spec/image, value: \"web:latest\" }]'\n";
            const flux =
                "images: [{ name: web, newTag: latest }, { name: api, newName: ghcr.io/acme/api }]\n";
            const of = (apiVersion: string, kind: string, spec: string) =>
                `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: p }\nspec:\n  ${spec}`;
            const { violations } = check({
                "app.yaml": of("argoproj.io/v1alpha1", "Application", `source:\n    ${kustomize}`),
                "flux.yaml": of("kustomize.toolkit.fluxcd.io/v1", "Kustomization", flux),
                "release.yaml": of(
                    "helm.toolkit.fluxcd.io/v2",
                    "HelmRelease",
                    `postRenderers:\n    - kustomize:\n        ${flux}`,
                ),
            });
            assert.deepEqual(violations, [
                "app.yaml spec.source.kustomize.images[0]",
                "app.yaml spec.source.kustomize.patches[0].patch[0].value",
                "flux.yaml spec.images[0].newTag",
                "release.yaml spec.postRenderers[0].kustomize.images[0].newTag",
            ]);
        });

        it("judges a component alike, and JSON patches in files", () => {
            const { violations } = check({
                "c/kustomization.yaml":
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{ path: p.json }]\nimages: [{ name: x, newTag: dev }]\n",
                "c/p.json":
                    '[{"op":"add","path":"/spec/template/spec/initContainers","value":[{"name":"i","image":"i:1"}]}]',
            });
            assert.deepEqual(violations, [
                "c/kustomization.yaml images[0].newTag",
                "c/p.json [0].value[0].image",
            ]);
        });

        it("leaves out, with a note, what kustomize reads for itself", () => {
            const { violations, problems, notes } = check({
                ...base,
                "prod/kustomization.yaml":
                    "resources: [../base]\ngenerators: [gen.yaml]\ntransformers: [tag.yaml]\nconfigMapGenerator: [{ name: m, files: [x=pod.yaml] }]\n",
                "prod/gen.yaml": `apiVersion: example.com/v1\nkind: Gen\nmetadata: {name: g}\nspec: { containers: [{ image: nginx }] }\n`,
                "prod/tag.yaml":
                    "apiVersion: builtin\nkind: ImageTagTransformer\nimageTag: { name: web, newTag: dev }\n",
                "prod/pod.yaml": pod("p", "nginx"),
            });
            assert.deepEqual(violations, ["prod/tag.yaml imageTag.newTag"]);
            assert.deepEqual(problems, []);
            assert.equal(notes.filter((note) => /left out, it is/.test(note)).length, 3, notes.join("\n"));
        });

        it("says what it cannot look at, and what is not there", () => {
            const { problems, notes } = check(
                {
                    ...base,
                    "prod/kustomization.yaml":
                        "resources: [../base, 'https://example.com/x?ref=v1', gone.yaml]\nhelmCharts: [{ name: c }]\n",
                },
                "prod",
            );
            assert.deepEqual(problems, ['prod/kustomization.yaml: names "gone.yaml", which is not there']);
            assert.equal(notes.length, 3, notes.join("\n"));
        });
    });

    it("leaves out what tests expect, and asks for no image where a name only suggests it", () => {
        const { violations, notes } = check({
            "kuttl/00-assert.yaml": overlay("image: web:stable"),
            "kuttl/00-install.yaml": pod("p", "nginx"),
            "chainsaw/chainsaw-test.yaml":
                "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\n",
            "chainsaw/pod-assert.yaml": overlay("image: web:stable"),
            "other/assert.yaml": overlay("env: []"),
            "other/errors.yaml": overlay("image: web:stable"),
        });
        assert.deepEqual(violations, [
            "kuttl/00-install.yaml spec.containers[0].image",
            "other/errors.yaml spec.template.spec.containers[0].image",
        ]);
        assert.equal(notes.length, 2);
    });

    it("says that there was nothing to read", () => {
        assert.match(check({ "values.yaml": "a: 1\n" }).problems[0] ?? "", /no Kubernetes object in it/);
    });
});
