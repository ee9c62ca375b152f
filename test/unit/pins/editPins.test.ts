import assert from "node:assert/strict";
import { parse } from "yaml";
import { markPins, movePins } from "../../../pins/editPins";
import { platformConfigSchema } from "../../../platform/platformConfig";
import { pinned } from "../../support/sampleImages";

const image = (letter: string) => `ghcr.io/genbrain/claude-code:sha-19f3175@sha256:${letter.repeat(64)}`;

const TEXT = `encryptionsalt: v1:abc
config:
  platform:kubeContext: prod
  # One pin per runtime.
  platform:runtimes:
    claude-code:
      image: ${image("a")} # the one
      release: v0.3.43
      promotedAt: "2026-06-18T02:52:59Z"
    platform-agent: { image: "ghcr.io/genbrain/molecule-platform-agent@sha256:${"c".repeat(64)}", release: v1 }
  platform:coreFleet:
    agents:
      - { name: ceo, runtime: platform-agent } # first
`;

const pinsOf = (text: string, version: "1.1" | "1.2" = "1.2") => {
    const { config } = parse(text, { version }) as { config: Record<string, unknown> };
    return platformConfigSchema.parse({
        kubeContext: "prod",
        runtimes: config["platform:runtimes"],
    }).runtimes;
};

const next = {
    image: pinned(image("b")),
    release: "2026-06-21",
    promotedAt: "2026-06-21T10:19:30Z",
    promotedBy: "ci",
    gitSha: "1234567",
    evidence: [{ name: "smoke", result: "passed" as const, url: "https://ci.example.com/1" }],
};

describe("moving pins in a stack's file", () => {
    const moved = movePins(TEXT, [
        { runtime: "claude-code", current: pinsOf(TEXT).get("claude-code"), next },
    ]);

    it("writes the pin with who, when and evidence, and puts the one before into its history", () => {
        const pin = pinsOf(moved).get("claude-code");
        assert.deepEqual(pin, {
            ...next,
            history: [{ image: pinned(image("a")), release: "v0.3.43", promotedAt: "2026-06-18T02:52:59Z" }],
        });
    });

    it("leaves comments, other settings and the engine's salt as they are", () => {
        for (const line of [
            "encryptionsalt: v1:abc",
            "  # One pin per runtime.",
            `      image: ${image("b")} # the one`,
            "      - { name: ceo, runtime: platform-agent } # first",
        ]) {
            assert.ok(moved.split("\n").includes(line), `${line} in ${moved}`);
        }
        assert.deepEqual(pinsOf(moved).get("platform-agent"), pinsOf(TEXT).get("platform-agent"));
    });

    it("quotes what the engine's YAML 1.1 would take for a time or a number", () => {
        assert.deepEqual(pinsOf(moved, "1.1"), pinsOf(moved));
        assert.match(moved, /release: "2026-06-21"/);
        assert.match(moved, /gitSha: "1234567"/);
    });

    it("keeps the last 20 pins", () => {
        let text = TEXT;
        for (let index = 0; index < 25; index++) {
            const current = pinsOf(text).get("claude-code");
            const step = { ...next, image: pinned(image(index % 2 === 0 ? "b" : "a")), release: `v${index}` };
            text = movePins(text, [{ runtime: "claude-code", current, next: step }]);
        }
        const pin = pinsOf(text).get("claude-code");
        assert.equal(pin?.release, "v24");
        assert.deepEqual(
            pin.history?.map(({ release }) => release),
            Array.from({ length: 20 }, (_, index) => `v${23 - index}`),
        );
        assert.doesNotMatch(text, /[&*]a\d/, "no anchors");
    });

    it("unfolds a pin in braces, and adds a runtime that had none", () => {
        const text = movePins(TEXT, [
            { runtime: "platform-agent", current: pinsOf(TEXT).get("platform-agent"), next },
            { runtime: "new-runtime", current: undefined, next },
        ]);
        assert.equal(pinsOf(text).get("platform-agent")?.history?.length, 1);
        assert.deepEqual(pinsOf(text).get("new-runtime")?.image, next.image);
        assert.ok(Math.max(...text.split("\n").map(({ length }) => length)) < 200);
    });

    it("sets a hold, says when the pin was announced, and lets go of both when the pin moves on", () => {
        const hold = {
            reason: "crashes",
            by: "ann",
            since: "2026-06-22T00:00:00Z",
            badImage: pinned(image("b")),
        };
        const held = movePins(moved, [
            {
                runtime: "claude-code",
                current: pinsOf(moved).get("claude-code"),
                next: { ...next, image: pinned(image("a")), hold },
            },
        ]);
        const announced = markPins(held, ["claude-code"], { announcedAt: "2026-06-22T00:01:00Z" });
        assert.deepEqual(pinsOf(announced).get("claude-code")?.hold, hold);
        assert.equal(pinsOf(announced).get("claude-code")?.announcedAt, "2026-06-22T00:01:00Z");
        assert.ok(announced.indexOf("announcedAt") < announced.indexOf("history"), "the history is last");
        const released = { by: "bob", at: "2026-06-23T00:00:00Z" };
        const freed = markPins(held, ["claude-code"], { hold: { ...hold, released } });
        assert.deepEqual(pinsOf(freed).get("claude-code")?.hold, { ...hold, released });

        const on = movePins(announced, [
            { runtime: "claude-code", current: pinsOf(announced).get("claude-code"), next },
        ]);
        assert.equal(pinsOf(on).get("claude-code")?.hold, undefined);
        assert.deepEqual(pinsOf(on).get("claude-code")?.history?.[0]?.hold, hold, "it stays on record");
        assert.equal(pinsOf(on).get("claude-code")?.announcedAt, undefined);
    });

    it("refuses text that is no YAML", () => {
        assert.throws(() => movePins("config: [", []));
    });
});
