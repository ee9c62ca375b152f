import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readManifestText } from "../../policy/check/readManifestText";
import { readPath } from "../../policy/kubernetes/readField";

/** Values as people write them, each behind `- args: ` in a list; some of them only kubectl's parser takes. */
const VALUES = [
    "[a, b]",
    '["a: b", {c: d}]',
    "[\n a,\n\tb ]",
    "[\n  a\n  ]",
    "{a: b\n  c, d: e}",
    '"a\n  b\n  "',
    "'it''s\nb'",
    '"a"#b',
    "[a]#b",
    "|\n      a\n       b\n",
    ">-\n      a\n\n      b",
    "|2\n      a",
    '|\n      "not closed',
    "a\n     b",
    "&x {c: d}",
    "*x",
    "!!str 1",
    "a:b",
    "-a",
    "a*b # c",
    "{<<: {c: d}, e: f}",
    '"\\x41\\u0042"',
    "[a,]",
    "~",
    "",
] as const;

const LINE_ENDS = ["\n", "\r\n"] as const;

const text = fc
    .tuple(
        fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...LINE_ENDS),
        fc.constantFrom("", "---\n", "# c\n---\n", "--- # c\n"),
        fc.constantFrom("  ", "    ", ""),
    )
    .map(([values, lineEnd, before, indent]) =>
        [
            `${before}apiVersion: v1`,
            "kind: Pod",
            "metadata: {name: p}",
            "spec:",
            "  containers:",
            ...values.map(
                (value, index) =>
                    `${indent || "  "}- x: ${value.replaceAll("*x", index === 0 ? "z" : "*x")}\n${indent || "  "}  image: i${index}`,
            ),
            "",
        ]
            .join("\n")
            .replaceAll("\n", lineEnd),
    );

/** The images that kubectl finds in a Pod; `undefined` when it does not read it. Nothing is sent anywhere. */
function kubectlImages(input: string): unknown[] | undefined {
    const args = ["label", "--local", "-f", "-", "a=b", "-o", "json"];
    const { status, stdout } = spawnSync("kubectl", args, { input, encoding: "utf8" });
    return status === 0 ? imagesOf(JSON.parse(stdout)) : undefined;
}

function imagesOf(pod: unknown): unknown[] {
    return (readPath(pod, "spec", "containers") as unknown[]).map((container) =>
        readPath(container, "image"),
    );
}

describe("fuzz: YAML", () => {
    it("that kubectl reads is read, with the same images, in 150 cases", function () {
        if (spawnSync("kubectl", ["version", "--client"]).status !== 0) {
            console.error("SKIPPED: there is no kubectl to compare the reading of YAML with");
            this.skip();
        }
        let read = 0;
        fc.assert(
            fc.property(text, (input) => {
                const theirs = kubectlImages(input);
                if (theirs === undefined) {
                    return;
                }
                read++;
                const { objects, problems } = readManifestText(input, { file: "f", skipOthers: false });
                assert.deepEqual(problems, []);
                assert.deepEqual(imagesOf(objects[0]?.object.fields), theirs);
            }),
            { numRuns: 150 },
        );
        assert.ok(read > 30, `kubectl read only ${read} of the texts`);
    }).timeout(120_000);
});
