import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkObjects } from "../../../../policy/check/checkObjects";
import { readManifestText } from "../../../../policy/check/readManifestText";
import { readPackConfig } from "../../../../policy/check/readPackConfig";

const overlay = (fields: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { containers: [{ name: c, ${fields} }] } } }\n`;

/** What is wrong with a file, by what is known of it. */
function check(file: string, text: string) {
    const input = readManifestText(text, { file, skipOthers: true });
    const results = checkObjects(input, readPackConfig(undefined), { now: new Date(0) });
    const pathsOf = (wanted: string) =>
        results.filter(({ level }) => level === wanted).map(({ finding }) => finding.path);
    const problems = input.problems.map((problem) =>
        problem.replace(/is not YAML: .*?(?=, before|$)/, "is not YAML"),
    );
    return { violations: pathsOf("mandatory"), unknown: pathsOf("unknown"), problems };
}

/** An ApplicationSet whose generator fills in a patch. */
const generated = (patch: string) =>
    check(
        "set.yaml",
        `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: p }\nspec: { template: { spec: { source: { kustomize: { patches: [{ patch: ${JSON.stringify(patch)} }] } } } } }\n`,
    );

describe("a patch that is written out", () => {
    const NO_PATCH =
        'is no patch; expected an object with "apiVersion" and "kind", or a list of operations with "op" and "path"';

    it("is a problem where it cannot be read, with file, line and path", () => {
        const { violations, problems } = check(
            "kustomization.yaml",
            'patches:\n  - patch: |-\n      a: b: c\n  - patch: "just words"\n  - patch: 7\n  - { patch: "", path: p.yaml }\n  - patch: "# a remark"\n' +
                "patchesStrategicMerge:\n  - |-\n    kind: Deployment\n    spec: {}\n" +
                "patchesJson6902:\n  - patch: '[{ op: remove, path: /metadata/labels/a }]'\n  - patch: '[{ path: /metadata }]'\n",
        );
        assert.deepEqual(violations, []);
        assert.deepEqual(problems, [
            'kustomization.yaml:2: the patch at "patches[0].patch" is not YAML',
            `kustomization.yaml:4: the patch at "patches[1].patch" ${NO_PATCH}`,
            `kustomization.yaml:5: the patch at "patches[2].patch" ${NO_PATCH}`,
            `kustomization.yaml:14: the patch at "patchesJson6902[1].patch" ${NO_PATCH}`,
            `kustomization.yaml:9: the patch at "patchesStrategicMerge[0]" ${NO_PATCH}`,
        ]);
    });

    it("is so also in what Argo CD and Flux deliver, one by one in a list", () => {
        const source = "source: { kustomize: { patches: [{ patch: 'metadata: ]' }] } }";
        const postRenderers = "postRenderers: [{ kustomize: { patches: [{ patch: '[1]' }] } }]";
        const text =
            `apiVersion: v1\nkind: List\nitems:\n- apiVersion: argoproj.io/v1alpha1\n  kind: Application\n  spec: { ${source} }\n` +
            "- apiVersion: kustomize.toolkit.fluxcd.io/v1\n  kind: Kustomization\n  spec: { patches: [{ patch: words }, { patch: '[{ op: test, path: /a }]' }] }\n" +
            `- apiVersion: helm.toolkit.fluxcd.io/v2\n  kind: HelmRelease\n  spec: { ${postRenderers} }\n`;
        assert.deepEqual(check("list.yaml", text), {
            violations: [],
            unknown: [],
            problems: [
                'list.yaml:6: the patch at "items[0].spec.source.kustomize.patches[0].patch" is not YAML',
                `list.yaml:9: the patch at "items[1].spec.patches[0].patch" ${NO_PATCH}`,
                `list.yaml:12: the patch at "items[2].spec.postRenderers[0].kustomize.patches[0].patch" ${NO_PATCH}`,
            ],
        });
    });

    it("is judged as it is where Flux took it so, before it was text", () => {
        const merged =
            "{ apiVersion: apps/v1, kind: Deployment, spec: { template: { spec: { containers: [{ name: c, image: web }] } } } }";
        const operations = "[{ op: add, path: /spec/image, value: web:latest }]";
        const release = `apiVersion: helm.toolkit.fluxcd.io/v2beta1\nkind: HelmRelease\nspec: { postRenderers: [{ kustomize: { patchesStrategicMerge: [${merged}], patchesJson6902: [{ patch: ${operations} }] } }] }\n`;
        assert.deepEqual(check("release.yaml", release).violations, [
            "spec.postRenderers[0].kustomize.patchesStrategicMerge[0].spec.template.spec.containers[0].image",
            "spec.postRenderers[0].kustomize.patchesJson6902[0].patch[0].value",
        ]);
    });

    it("is judged but for what a generator fills in, which nobody guesses", () => {
        const at = "spec.template.spec.source.kustomize.patches[0].patch";
        const clean = { violations: [], unknown: [], problems: [] };
        assert.deepEqual(generated("[{ op: add, path: /metadata/labels/env, value: '{{ env }}' }]"), clean);
        assert.deepEqual(generated("[{ op: replace, path: /spec/image, value: 'web:{{ tag }}' }]"), {
            ...clean,
            unknown: [`${at}[0].value`],
        });
        assert.deepEqual(generated(overlay('image: "web:latest", workingDir: {{ dir }}')), {
            ...clean,
            violations: [`${at}.spec.template.spec.containers[0].image`],
        });
        assert.deepEqual(generated(overlay("image: {{ image }}")), {
            ...clean,
            unknown: [`${at}.spec.template.spec.containers[0].image`],
        });
        assert.deepEqual(generated("{{- if .x }}\na: b\n{{- end }}").problems, [
            `set.yaml:4: the patch at "${at}" is not YAML, before a generator has filled it in`,
        ]);
    });
});
