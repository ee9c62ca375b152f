import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseAllDocuments, stringify } from "yaml";
import { readPlainYaml } from "../../policy/check/plainYaml";

/** Scalars, brackets and worse, as they may stand behind a key or a dash. */
const VALUES = [
    ..."a|a b|a: b|a:b|a #b|a#b|#a|'a'|'a''b'|\"a\"|\"a\\n\"|\"a\" b|'a'#b|'a' #b|~|null|Null|true|TRUE|yes|no|on".split(
        "|",
    ),
    ..."1|-1|0|-0|00|0755|0x1f|0o17|0b1|1e3|12e03|1.5|1.0|1.|.5|+1|-|--|-a|--a|---|...|.a|./a|../a|.inf|-.Inf|.nan".split(
        "|",
    ),
    ..."1Gi|1.5Gi|100m|1_0|1.2.3|1.2|1:30|8080:80|10.0.0.0/8|2026-01-01|123456789012345678|5%|3fa9c1|0.0000001".split(
        "|",
    ),
    ..."{}|[]|[a, b]|[a,b]|[a, ]|[, a]|[a b]|{a: b}|{a:b}|{a}|{a: [b, {c: 1}]}|{\"a\": b}|{'a': b}|{a: b} # c|{a: b}c".split(
        "|",
    ),
    ...'[a: b]|[a#b]|[a #b]|["a, b", \'c\']|[a"b]|{a: , b: c}|{a: b, a: c}|[|{a: b|[a]b|{a: {{b}}}|{__proto__: a}'.split(
        "|",
    ),
    "|",
    "|-",
    "|+",
    "| # c",
    ">",
    "|2",
    "&a b",
    "*a",
    "!!str 1",
    "<<",
    "? a",
    "a\t",
    "\ta",
    "a\tb",
    "é",
    "a\u00a0",
    "\u2028a",
    "$(a)",
    "{{ a }}",
    "@a",
    "%a",
    "`a`",
    "=",
    "^a$",
    "a\\b",
    "http://a:1/b?c=d#e",
] as const;

const KEYS = [
    "a",
    "b",
    "a.b/c",
    "true",
    "null",
    "1",
    '"q"',
    "'q'",
    '"true"',
    "<<",
    "__proto__",
    "constructor",
    "a b",
    "é",
    "-",
];

/** Lines that are like YAML at every turn, and wrong at some. */
const line = fc
    .tuple(
        fc.constantFrom("", "", "  ", "  ", "    ", "      ", " ", "\t"),
        fc.constantFrom("", "", "", "- ", "- ", "-   ", "- - ", "-", "# "),
        fc.option(fc.constantFrom(...KEYS), { freq: 4 }),
        fc.constantFrom(": ", ": ", ":  ", ":", ":\t"),
        fc.option(fc.constantFrom(...VALUES), { freq: 3 }),
        fc.constantFrom("", "", "", "", " ", " # c", "\r"),
    )
    .map(
        ([indent, dash, key, colon, value, end]) =>
            indent + dash + (key === null ? "" : key + (value === null ? ":" : colon)) + (value ?? "") + end,
    );

const broken = fc.array(line, { minLength: 1, maxLength: 9 }).map((lines) => lines.join("\n"));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("a", "a: b", "8080", "100m", "true", "a\nb\n", "a\n b", "1.10", "", "#", "'", "- a"),
        fc.constantFrom(...VALUES),
        fc.constantFrom(null, true, false, 0, 1, -1, 1.5, 8080),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c.d/e", "name"), tie("value"), { maxKeys: 3 }),
    ),
}));

const whole = fc
    .tuple(
        fc.dictionary(fc.constantFrom("a", "b", "c.d/e"), value, { minKeys: 1 }),
        fc.record({
            indent: fc.constantFrom(2, 4),
            indentSeq: fc.boolean(),
            collectionStyle: fc.constantFrom("any", "block", "flow"),
            singleQuote: fc.constantFrom(null, true, false),
            blockQuote: fc.constantFrom<boolean | "literal">(true, false, "literal"),
        }),
    )
    .map(([value, options]) => stringify(value, options));

/** Compares with the library; says whether there was anything to compare. */
function isReadAlike(text: string): boolean {
    const plain = readPlainYaml(text);
    if (plain === undefined) {
        return false;
    }
    const documents = parseAllDocuments(text, { merge: true, uniqueKeys: false, logLevel: "silent" });
    const [document] = [...documents];
    assert.deepEqual(document?.errors ?? [], []);
    assert.ok(documents.length <= 1);
    assert.deepEqual(plain.value, document?.toJS() ?? null);
    return true;
}

describe("fuzz: plain YAML", () => {
    for (const [what, texts, share] of [
        ["made of lines that may be wrong", broken, 0.03],
        ["that a library has written", whole, 0.3],
    ] as const) {
        it(`is what the library reads there, in 50,000 texts ${what}`, () => {
            let alike = 0;
            const numRuns = 50_000;
            fc.assert(
                fc.property(texts, (text) => {
                    alike += Number(isReadAlike(text));
                }),
                { numRuns },
            );
            assert.ok(alike > share * numRuns, `only ${alike} of the texts were plain`);
        }).timeout(240_000);
    }
});
