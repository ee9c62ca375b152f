import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readManifestText } from "../../policy/check/readManifestText";
import { loadPlain, parseDocuments } from "../../policy/check/readYaml";
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

/** What people and editors leave in YAML by mistake, and scalars that the versions of YAML read differently. */
const BITS = [
    ...[
        "\n",
        " ",
        "  ",
        "\t",
        ":",
        ": ",
        "- ",
        "#",
        " #",
        "'",
        '"',
        "|\n",
        ">\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\r\n",
        "? ",
    ],
    ...[
        "=",
        "@",
        "`",
        "\\",
        "\u00a0",
        "\u0085",
        "\u2028",
        "0",
        "0x1f",
        "1_000",
        "1e3",
        ".5",
        "+1",
        "0o17",
        "017",
        "0b11",
    ],
    ...["~", "null", "yes", "True", "off", "2024-01-01", "12:30:45", ".inf", ".nan"],
] as const;

/** A document with a few things put in at random; anchors, tags and marks are the other library's. */
const damaged = fc
    .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(4), fc.constantFrom(...BITS)), { maxLength: 4 }))
    .map(([whole, damages]) =>
        damages
            .reduce(
                (before, [at, without, bit]) => {
                    const start = at % (before.length + 1);
                    return before.slice(0, start) + bit + before.slice(start + without);
                },
                whole.replace(/^[^\n]*---.*$/m, ""),
            )
            .replace(/[&*!]|<</g, "x"),
    )
    .filter((input) => !/^(?:%|\.\.\.|---)|\r(?!\n)/m.test(input));

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

    it("that the faster library reads is what the other one reads, in 5,000 cases", () => {
        let read = 0;
        fc.assert(
            fc.property(damaged, (input) => {
                const plain = loadPlain(input);
                if (plain === undefined) {
                    return;
                }
                read++;
                const [document, ...others] = parseDocuments(input).documents;
                assert.deepEqual([document?.errors ?? [], others], [[], []]);
                // By their JSON: that is what Kubernetes knows.
                const theirs: unknown = document?.toJS() ?? null;
                assert.equal(JSON.stringify(plain.value ?? null), JSON.stringify(theirs));
            }),
            { numRuns: 5_000 },
        );
        assert.ok(read > 300, `the faster library read only ${read} of the texts`);
    }).timeout(120_000);
});
