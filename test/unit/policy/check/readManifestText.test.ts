import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { readManifestText } from "../../../../policy/check/readManifestText";
import { readPath } from "../../../../policy/kubernetes/readField";

const read = (text: string, skipOthers = false) => readManifestText(text, { file: "m.yaml", skipOthers });

const POD = `apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers:
    - name: a
      image: nginx
    - name: b
`;

describe("readManifestText", () => {
    it("reads every document of a file and the items of its lists", () => {
        const { objects, problems } = read(
            `${POD}---\n# nothing\n---\n${POD}---\nkind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: v1, kind: Pod}\n`,
        );
        assert.equal(objects.length, 4);
        assert.deepEqual(problems, []);
    });

    it("reads JSON, one object or several", () => {
        assert.equal(read('{"apiVersion":"v1","kind":"Pod"}').objects.length, 1);
        assert.equal(
            read('[{"apiVersion":"v1","kind":"Pod"},{"apiVersion":"v1","kind":"Pod"}]').objects.length,
            2,
        );
    });

    it("finds the line of a path, in YAML and in JSON", () => {
        const line = (text: string, path: string) => read(text).objects[0]?.locate?.(path).line;
        assert.equal(line(`# a comment\n---\n${POD}`, "spec.containers[0].image"), 9);
        const json = JSON.stringify(
            { apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: "x" }] } },
            undefined,
            1,
        );
        assert.equal(line(json, "spec.containers[0].image"), 7);
    });

    it("finds the line of the container where its image is missing", () => {
        assert.equal(read(POD).objects[0]?.locate?.("spec.containers[1].image").line, 8);
    });

    it("finds lines in the second document and below a quoted key", () => {
        const text = `${POD}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n`;
        const path = 'metadata.labels["pod-security.kubernetes.io/enforce"]';
        assert.equal(read(text).objects[1]?.locate?.(path).line, 14);
    });

    it("merges what stands behind an anchor, as kubectl does", () => {
        const text =
            "apiVersion: v1\nkind: Pod\nx: &base { image: nginx }\nspec: { containers: [{ <<: *base, name: a }] }";
        const container = (
            readPath(read(text).objects[0]?.object.fields, "spec", "containers") as unknown[]
        )[0];
        assert.deepEqual(container, { name: "a", image: "nginx" });
    });

    it("is not harmed by tags of other languages", () => {
        const { objects } = read(
            'apiVersion: v1\nkind: Pod\nx: !!js/function "function () { throw 1 }"\ny: !unknown { a: 1 }\n',
        );
        assert.equal(objects.length, 1);
    });

    it("refuses anchors that unfold to a bomb", () => {
        let text = "apiVersion: v1\nkind: Pod\na0: &a0 [x, x]\n";
        for (let level = 1; level < 30; level++) {
            text += `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]\n`;
        }
        const { objects, problems } = read(text);
        assert.equal(objects.length, 0);
        assert.match(problems[0] ?? "", /m\.yaml: cannot be read: .*alias/);
    });

    it("reads anchors that are used often, as long as they stay small", () => {
        const uses = Array.from({ length: 5_000 }, () => "*c").join(", ");
        const { objects, problems } = read(
            `apiVersion: v1\nkind: Pod\na: &c { image: nginx }\nb: [${uses}]\n`,
        );
        assert.deepEqual([objects.length, problems], [1, []]);
    });

    it("refuses an anchor that holds itself", () => {
        assert.match(
            read("apiVersion: v1\nkind: Pod\na: &a { b: *a }\n").problems[0] ?? "",
            /cannot be read/,
        );
    });

    it("takes the last of a key that is there twice, as kubectl does", () => {
        const { objects } = read("apiVersion: v1\nkind: Pod\nspec: { image: a }\nspec:\n  image: b\n");
        assert.equal(readPath(objects[0]?.object.fields, "spec", "image"), "b");
        assert.equal(objects[0]?.locate?.("spec.image").line, 5);
    });

    for (const [what, quoted] of [
        ["double quotes", '"\n  a \\"b\\"\n  c\n"'],
        ["single quotes", "'\n  a ''b''\n  c\n'"],
    ] as const) {
        it(`reads text in ${what} that ends at its parent's column, and keeps the lines`, () => {
            const text = `apiVersion: v1\nkind: Pod\nspec:\n  args:\n  - ${quoted.replaceAll("\n", "\n  ")}\n  - ${quoted.replaceAll("\n", "\n  ")}\n  image: x\n---\n${POD}`;
            const { objects, problems } = read(text);
            assert.deepEqual(problems, []);
            const quote = what === "double quotes" ? '"' : "'";
            const value = ` a ${quote}b${quote} c `;
            assert.deepEqual(readPath(objects[0]?.object.fields, "spec", "args"), [value, value]);
            assert.equal(objects[0]?.locate?.("spec.image").line, 13);
            assert.equal(objects.length, 2);
        });
    }

    it("reads lists and maps in brackets whose lines stand too far to the left", () => {
        const text =
            "apiVersion: v1\nkind: Pod\nspec:\n  a: [\nb,\n  c\n  ]\n  d: {e: f\n g, h: [\ni\n]}\n  image: x\n";
        const { objects, problems } = read(text);
        assert.deepEqual(problems, []);
        const spec = { a: ["b", "c"], d: { e: "f g", h: ["i"] }, image: "x" };
        assert.deepEqual(readPath(objects[0]?.object.fields, "spec"), spec);
        assert.equal(objects[0]?.locate?.("spec.image").line, 12);
        assert.equal(read("apiVersion: v1\nkind: Pod\na: [\n---\nb: c\n").problems.length > 0, true);
    });

    it("moves nothing in block text that looks like quotes or brackets", () => {
        const { objects } = read('apiVersion: v1\nkind: Pod\na: |\n  "not closed\n  [\nb: "c\nd"\n');
        assert.equal(readPath(objects[0]?.object.fields, "a"), '"not closed\n[\n');
        assert.equal(readPath(objects[0]?.object.fields, "b"), "c d");
    });

    it("still reports a quote that is never closed", () => {
        assert.match(read('apiVersion: v1\nkind: Pod\na: "b\n').problems[0] ?? "", /is not YAML/);
    });

    it("reads JSON objects one after the other, each with its lines", () => {
        const one = JSON.stringify({ apiVersion: "v1", kind: "Pod", x: '}{ "\\' });
        const two = '{\n"apiVersion": "v1",\n"kind": "Pod",\n"spec": 1}';
        for (const between of ["\n", "", "\n---\n", "  \n\n"]) {
            const { objects, problems } = read(`${one}${between}${two}\n`);
            assert.deepEqual([objects.length, problems], [2, []]);
            const before = between.split("\n").length - 1;
            assert.equal(objects[1]?.locate?.("spec").line, 1 + before + 3);
        }
        assert.equal(read(`${one}\n{"apiVersion":`).problems.length, 1);
    });

    it("reports every document that is not YAML or no object, with its line", () => {
        const { objects, problems } = read(`${POD}---\na: [\n---\njust text\n---\n{ kind: Pod }\n`);
        assert.equal(objects.length, 1);
        assert.equal(problems.length, 3);
        assert.match(problems[0] ?? "", /^m\.yaml:1[0-2]: is not YAML/);
        assert.match(problems[1] ?? "", /^m\.yaml:12: is not a Kubernetes object/);
    });

    it("leaves other documents out with a note, in a directory of all sorts", () => {
        const { problems, notes } = read("replicas: 1\n", true);
        assert.deepEqual(problems, []);
        assert.match(notes[0] ?? "", /left out/);
    });

    it("survives a document that is nested deeper than the stack", () => {
        const { objects, problems } = read("[".repeat(20_000));
        assert.equal(objects.length + problems.length > 0, true);
    });
});
