import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { deploymentOf } from "../../support/policy/corpus/readCorpus";
import type { PolicySettings } from "../../support/policy/policyPackService";
import { usePolicyPack } from "../../support/policy/usePolicyPack";

const IMAGE = "ghcr.io/acme/legacy/tool:1.2.3";
const EXEMPTION = {
    repository: "ghcr.io/acme",
    owner: "team-a",
    reason: "vendor image",
    expires: "2999-12-31",
};

describe("the config of require-immutable-images, through the pack's gRPC service", () => {
    const service = usePolicyPack();

    async function levels(config: PolicySettings[string], image = IMAGE): Promise<string[]> {
        await service().configure({ "require-immutable-images": config });
        return (await service().analyze(deploymentOf(image))).map(({ level }) => level);
    }

    it("allows a tag behind a configured prefix, and only that one", async () => {
        assert.deepEqual(await levels({ shaPrefixes: ["build-"] }, "a:build-abc1234"), []);
        assert.deepEqual(await levels({ shaPrefixes: ["build-"] }, "a:sha-abc1234"), ["mandatory"]);
        assert.deepEqual(await levels({ shaPrefixes: [] }, "a:abc1234"), []);
    });

    it("allows a version with a git SHA only where that is configured", async () => {
        assert.deepEqual(await levels({ versionSha: true }, "a:v1.2.3-abc1234"), []);
        assert.deepEqual(await levels({ versionSha: true }, "a:1.2.3-abc1234"), []);
        assert.deepEqual(await levels({ versionSha: true }, "a:v1.2.3"), ["mandatory"]);
        assert.deepEqual(await levels({ versionSha: false }, "a:v1.2.3-abc1234"), ["mandatory"]);
    });

    it("lets an exempt image through and reports the use of the exemption", async () => {
        assert.deepEqual(await levels({ exemptions: [EXEMPTION] }), ["advisory"]);
        const [diagnostic] = await service().analyze(deploymentOf(IMAGE));
        for (const part of [IMAGE, '"ghcr.io/acme"', '"team-a"', '"vendor image"', '"2999-12-31"']) {
            assert.ok(diagnostic?.message.includes(part), diagnostic?.message);
        }
    });

    it("matches an exemption on path boundaries", async () => {
        const config = { exemptions: [EXEMPTION] };
        assert.deepEqual(await levels(config, "ghcr.io/acme-evil/tool:1"), ["mandatory"]);
        assert.deepEqual(await levels(config, "ghcr.io/evil/acme/tool:1"), ["mandatory"]);
        assert.deepEqual(await levels(config, "ghcr.io.evil.com/acme/tool:1"), ["mandatory"]);
        assert.deepEqual(await levels(config, "ghcr.io/acme:1"), ["advisory"]);
    });

    it("exempts nothing that does not parse", async () => {
        assert.deepEqual(await levels({ exemptions: [EXEMPTION] }, "ghcr.io/acme/tool:${TAG}"), [
            "mandatory",
        ]);
    });

    it("keeps an exemption to its namespace", async () => {
        assert.deepEqual(await levels({ exemptions: [{ ...EXEMPTION, namespace: "default" }] }), [
            "advisory",
        ]);
        assert.deepEqual(await levels({ exemptions: [{ ...EXEMPTION, namespace: "other" }] }), ["mandatory"]);
    });

    it("refuses an image whose exemption has expired, and names the exemption", async () => {
        assert.deepEqual(await levels({ exemptions: [{ ...EXEMPTION, expires: "2020-01-31" }] }), [
            "mandatory",
        ]);
        const [diagnostic] = await service().analyze(deploymentOf(IMAGE));
        assert.match(diagnostic?.message ?? "", /owner "team-a".*expires "2020-01-31"\) has expired/);
    });

    it("takes the level from the config", async () => {
        assert.deepEqual(await levels({ enforcementLevel: "advisory" }), ["advisory"]);
        assert.deepEqual(await levels({ enforcementLevel: "disabled" }), []);
    });

    const invalid: [string, PolicySettings[string], RegExp][] = [
        ["an unknown key", { shaPrefix: ["sha-"] }, /shaPrefix: is not a key of this policy/],
        ["a prefix that no tag can have", { shaPrefixes: ["sha/"] }, /shaPrefixes\[0\]: is "sha\/"/],
        ["a prefix that is no text", { shaPrefixes: [7] }, /shaPrefixes\[0\]: is 7/],
        [
            "a version switch that is no boolean",
            { versionSha: "yes" },
            /versionSha: is "yes", expected true or false/,
        ],
        [
            "an exemption without owner",
            { exemptions: [{ ...EXEMPTION, owner: "" }] },
            /exemptions\[0\]\.owner: is ""/,
        ],
        [
            "an exemption without expiry",
            { exemptions: [{ repository: "a/b", owner: "a", reason: "b" }] },
            /exemptions\[0\]\.expires: is nothing, expected a date/,
        ],
        [
            "an expiry that is no date",
            { exemptions: [{ ...EXEMPTION, expires: "2026-02-30" }] },
            /exemptions\[0\]\.expires: is "2026-02-30"/,
        ],
        [
            "a repository with a tag",
            { exemptions: [{ ...EXEMPTION, repository: "a/b:c" }] },
            /exemptions\[0\]\.repository: is "a\/b:c".*tag/,
        ],
        [
            "an unknown key of an exemption",
            { exemptions: [{ ...EXEMPTION, until: "x" }] },
            /exemptions\[0\]\.until: is not a key/,
        ],
    ];
    for (const [what, config, message] of invalid) {
        it(`fails closed on ${what}, naming the key`, async () => {
            await service().configure({ "require-immutable-images": config });
            await assert.rejects(service().analyze(deploymentOf(IMAGE)), message);
        });
    }

    it("reports all problems of a config together", async () => {
        await service().configure({ "require-immutable-images": { versionSha: 1, exemptions: "all" } });
        await assert.rejects(
            service().analyze(deploymentOf(IMAGE)),
            /policy "require-immutable-images"[^]*versionSha: is 1[^]*exemptions: is "all"/,
        );
    });
});
