import assert from "node:assert/strict";
import { markdownBlock, markdownTable, markdownText } from "../../../../lib/text/markdown";

describe("markdownText", () => {
    for (const [what, text, escaped] of [
        ["a link", "[go](https://evil.example)", "\\[go\\](https:\u200b//evil.example)"],
        ["an image", "![x](y)", "\\!\\[x\\](y)"],
        ["a URL, which is a link by itself", "see http://evil.example", "see http:\u200b//evil.example"],
        ["a host that is a link by itself", "www.evil.example", "www\u200b.evil.example"],
        ["a mention", "ask @all and (@team/x)", "ask @\u200ball and (@\u200bteam/x)"],
        ["an address", "ann@example.com", "ann@\u200bexample.com"],
        ["a mention that looks like a digest", "@sha256:1", "@\u200bsha256:1"],
        ["references to issues", "#12 a/b#3 GH-4", "\\#\u200b12 a/b#\u200b3 GH-\u200b4"],
        ["HTML and entities", "<img src=x> &lt;", "&lt;img src=x&gt; &amp;lt;"],
        ["the end of a cell", "a|b\\|c", "a\\|b\\\\\\|c"],
        ["code and emphasis", "`a` *b* _c_ ~~d~~ $e$", "\\`a\\` \\*b\\* \\_c\\_ \\~\\~d\\~\\~ \\$e\\$"],
        ["another line", "a\n\n# b\r\n- c", "a # b - c"],
        ["a list", "- a", "\\- a"],
        ["a numbered list", "1. a", "1\\. a"],
        ["an escape sequence and a bidirectional mark", "a\u001b[2Kb\u202ec", "a?\\[2Kb?c"],
    ] as const) {
        it(`makes nothing of ${what}`, () => {
            assert.equal(markdownText(text), escaped);
        });
    }

    it("leaves images, versions and sentences as they are", () => {
        const text = "ghcr.io/a/b:v1.2@sha256:11 runs (2 of 3 ready), 5 d: no-op. Färbung ✅";
        assert.equal(markdownText(text), text);
    });
});

describe("markdownTable", () => {
    it("has one line for each row and one cell for each column, whatever is in them", () => {
        assert.deepEqual(markdownTable(["A", "B"], [["x|y", "a\nb"]]), [
            "| A | B |",
            "|---|---|",
            "| x\\|y | a b |",
        ]);
    });
});

describe("markdownBlock", () => {
    it("is not ended by what is in it", () => {
        assert.equal(markdownBlock("a\nb"), "````text\na\nb\n````");
        assert.equal(markdownBlock("a\n`````\n@all"), "``````text\na\n`````\n@all\n``````");
    });
});
