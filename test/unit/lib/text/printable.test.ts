import assert from "node:assert/strict";
import { printable, printableLine } from "../../../../lib/text/printable";

describe("printable", () => {
    for (const [what, text, shown] of [
        ["an escape sequence", "x\u001b[1A\u001b[2Kall is well", "x?[1A?[2Kall is well"],
        ["a C1 control character", "x\u009b2Ky", "x?2Ky"],
        ["a carriage return that would overwrite the line", "failed\rfine", "failed?fine"],
        ["a backspace, a bell and a null", "a\b\u0007\u0000", "a???"],
        ["a bidirectional override", "\u202egnp.exe", "?gnp.exe"],
        ["a bidirectional isolate", "a\u2066b\u2069", "a?b?"],
        ["an Arabic letter mark and left-to-right marks", "\u061c\u200e\u200f", "???"],
        ["a line separator", "a\u2028b", "a?b"],
    ] as const) {
        it(`shows ${what} as what cannot do anything`, () => {
            assert.equal(printable(text), shown);
        });
    }

    it("leaves text as it is, with its lines, tabs, letters of any script and emoji", () => {
        const text = "ghcr.io/a/b:c@sha256:1\n  - weiß, 東京, עברית\t✅ 👩‍💻 a\u200bb";
        assert.equal(printable(text), text);
        assert.equal(printable("a\r\nb"), "a\nb");
    });

    it("makes one line of many where one is wanted", () => {
        assert.equal(printableLine("a\n\n  b\tc\u001b[0m\r\nd"), "a b c?[0m d");
    });
});
