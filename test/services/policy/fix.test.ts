import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { createChecker } from "../../../policy/checker/program";
import { unifiedDiff } from "../../../policy/fix/unifiedDiff";
import { applyEdits } from "../../../policy/fix/edit";
import { testIo } from "../../support/testIo";
import { useRegistry } from "../../support/useRegistry";

describe("--fix", () => {
    const registry = useRegistry();
    const before = process.cwd();
    const printed = { out: "", err: "" };
    const io = testIo({
        out: (text) => (printed.out += text),
        err: (text) => (printed.err += `${text}\n`),
    });
    let directory: string;
    let digest: string;

    beforeEach(async () => {
        digest = await registry().push("acme/web", "v1", "one");
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "policy-fix-"));
        process.chdir(directory);
    });
    afterEach(() => {
        process.chdir(before);
        fs.rmSync(directory, { recursive: true, force: true });
    });

    /** Runs the checker; `IMAGE` in the files stands for one that the registry has. */
    const run = async (files: Readonly<Record<string, string>>, ...args: readonly string[]) => {
        for (const [name, text] of Object.entries(files)) {
            fs.writeFileSync(name, text.replaceAll("IMAGE", `${registry().host}/acme/web:v1`));
        }
        printed.out = printed.err = "";
        let exitCode: number | undefined;
        const checker = createChecker("0", io, (code) => {
            exitCode = code;
        });
        checker.configureOutput({ writeErr: () => undefined });
        await checker.parseAsync([...args, ...Object.keys(files)], { from: "user" });
        return { exitCode, ...printed };
    };
    const read = (name: string) =>
        fs
            .readFileSync(name, "utf8")
            .replaceAll(`${registry().host}/acme/web:v1`, "IMAGE")
            .replaceAll(digest, "DIGEST");

    const MANIFEST = `# what runs the shop
apiVersion: apps/v1
kind: Deployment
metadata: { name: web } # in brackets
spec:
  template:
    spec:
      # the containers, in an order of their own
      containers:
        - image:   IMAGE   # the web
          name: web
        - { name: "b", image: "IMAGE" }
        - name: c
          image: 'IMAGE'
        - name: d
          image: IMAGE@sha256:${"a".repeat(64)}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
    containers:
    -   image: IMAGE
        name: p
`;
    const FIXED = MANIFEST.replaceAll(/IMAGE(?!@)/g, "IMAGE@DIGEST");

    it("shows a diff, changes nothing, and ends as the check does", async () => {
        const { exitCode, out, err } = await run({ "web.yaml": MANIFEST }, "--fix");
        assert.equal(exitCode, 1);
        assert.equal(read("web.yaml"), MANIFEST);
        assert.match(
            err,
            /2 objects checked, 4 mandatory.*Nothing was changed: --write changes 1 file as shown/,
        );
        assert.match(out, /^--- a\/web\.yaml\n\+\+\+ b\/web\.yaml\n@@ -7,11 \+7,11 @@\n/);
        fs.writeFileSync("fix.diff", out);
        execFileSync("git", ["apply", "fix.diff"]);
        assert.equal(read("web.yaml"), FIXED);
    });

    it("writes the digest beside the tag, keeps comments, order and the file's mode, and checks again", async () => {
        fs.writeFileSync("web.yaml", "");
        fs.chmodSync("web.yaml", 0o640);
        const { exitCode, err } = await run({ "web.yaml": MANIFEST }, "--fix", "--write");
        assert.equal(read("web.yaml"), FIXED);
        assert.equal(exitCode, 0);
        assert.match(err, /1 file changed. What is left:\n2 objects checked, 0 mandatory/);
        assert.equal(fs.statSync("web.yaml").mode & 0o777, 0o640);
    });

    for (const [what, name, text, fixed] of [
        [
            "JSON objects one after the other",
            "web.json",
            '{"apiVersion":"v1","kind":"ConfigMap"}\n{ "apiVersion": "v1", "kind": "Pod",\n  "spec": { "containers": [ { "image": "IMAGE" } ] } }',
            '{"apiVersion":"v1","kind":"ConfigMap"}\n{ "apiVersion": "v1", "kind": "Pod",\n  "spec": { "containers": [ { "image": "IMAGE@DIGEST" } ] } }',
        ],
        [
            "lines that end as on Windows, behind a mark",
            "web.yaml",
            "\ufeffapiVersion: v1\r\nkind: Pod\r\nspec:\r\n  containers:\r\n  - image: IMAGE\r\n",
            "\ufeffapiVersion: v1\r\nkind: Pod\r\nspec:\r\n  containers:\r\n  - image: IMAGE@DIGEST\r\n",
        ],
        [
            "an image volume, and no line end",
            "web.yaml",
            "apiVersion: v1\nkind: Pod\nspec: {volumes: [{name: v, image: {reference: IMAGE}}]}",
            "apiVersion: v1\nkind: Pod\nspec: {volumes: [{name: v, image: {reference: IMAGE@DIGEST}}]}",
        ],
        [
            "an image that an alias uses again, where its anchor is",
            "web.yaml",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: &i IMAGE}, {name: b, image: *i}]}\n",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: &i IMAGE@DIGEST}, {name: b, image: *i}]}\n",
        ],
    ] as const) {
        it(`changes ${what}`, async () => {
            const { exitCode } = await run({ [name]: text }, "--fix", "--write");
            assert.equal(read(name), fixed);
            assert.equal(exitCode, 0);
        });
    }

    it("gives a kustomization's new tag a digest of its own", async () => {
        const name = `${registry().host}/acme/web`;
        const text = `images:\n  - name: ${name}\n    newTag: v1 # soon v2\n  - newTag: "v1"\n    name: ${name}\n  - { name: ${name}, newTag: v1 }\n`;
        await run({ "kustomization.yaml": text }, "--fix", "--write");
        assert.equal(
            fs.readFileSync("kustomization.yaml", "utf8"),
            `images:\n  - name: ${name}\n    newTag: v1 # soon v2\n    digest: "${digest}"\n  - newTag: "v1"\n    digest: "${digest}"\n    name: ${name}\n  - { name: ${name}, newTag: v1, digest: "${digest}" }\n`,
        );
    });

    it("says what it cannot fix and why, and fixes the rest", async () => {
        const missing = `${registry().host}/acme/gone:v9`;
        const thing = { apiVersion: "example.com/v1", kind: "Thing" };
        const spec = { image: `${registry().host}/acme/web`, tag: "v1", imagePullPolicy: "Always" };
        const { exitCode, out, err } = await run(
            {
                "gone.yaml": `apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "${missing}"}, {image: IMAGE}]}\n`,
                "parts.json": JSON.stringify({ ...thing, spec }),
                "folded.yaml":
                    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: >-\n      IMAGE\n",
                "broken.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'nginx:${TAG}'}]}\n",
            },
            "--fix",
        );
        assert.equal(exitCode, 1);
        assert.equal(out.split("\n").filter((line) => line.startsWith("+++")).length, 1);
        assert.match(err, /not fixed: gone\.yaml:3: .*has no "acme\/gone:v9"/);
        assert.match(err, /not fixed: parts\.json: spec\.image: .*not written there in one piece/);
        assert.match(err, /not fixed: folded\.yaml: .*not written there in one piece/);
    });

    it("takes files alone, and writes only what it was asked to show", async () => {
        await assert.rejects(run({}, "--fix", "-"), /standard input is none/);
        await assert.rejects(run({ "a.yaml": MANIFEST }, "--write"), /--write needs --fix/);
        await assert.rejects(
            run({ "a.yaml": MANIFEST }, "--fix", "--json"),
            /cannot be used with option '--json'/,
        );
    });

    it("writes diffs that git applies, whatever is changed", () => {
        const lines = fc.array(fc.constantFrom("a", "", " b", "c\r"), { minLength: 1, maxLength: 40 });
        const changes = fc.array(fc.tuple(fc.nat(39), fc.constantFrom("x", "x\ny", "")), {
            minLength: 1,
            maxLength: 5,
        });
        execFileSync("git", ["init", "--quiet"]);
        fc.assert(
            fc.property(lines, changes, fc.constantFrom("", "\n"), (content, wanted, end) => {
                const text = `${content.map((line, index) => `${line}${index}`).join("\n")}${end}`;
                const starts = content.map(
                    (_, index) => text.split("\n").slice(0, index).join("\n").length + Number(index > 0),
                );
                const edits = [...new Map(wanted.map(([line, to]) => [line % content.length, to]))].map(
                    ([line, to]) => ({
                        start: starts[line] ?? 0,
                        end: (starts[line] ?? 0) + 1,
                        text: `${to}!`,
                    }),
                );
                const after = applyEdits(text, edits);
                fs.writeFileSync("f", text);
                execFileSync("git", ["apply", "--whitespace=nowarn", "-"], {
                    input: unifiedDiff("f", text, edits),
                });
                assert.equal(fs.readFileSync("f", "utf8"), after);
            }),
            { numRuns: 40 },
        );
    }).timeout(60_000);
});
