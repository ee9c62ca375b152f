import assert from "node:assert/strict";
import * as path from "node:path";
import type { PromotionWorld } from "../../../pins/prepareEnvironment";
import { FakeStack } from "../../support/fakeStack";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { problemsIn, promoteFile, writeRelease } from "../../support/promotionFixture";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";

const image = (digest: string) => `ghcr.io/genbrain/claude-code@${digest}`;

describe("a check that an image failed", () => {
    let checkout: OrgsDirectory;
    let world: PromotionWorld;
    let release: string;

    beforeEach(() => {
        checkout = new OrgsDirectory();
        const pin = { image: image(DIGEST_A), release: "v1", promotedAt: "2026-06-18T00:00:00Z" };
        checkout.write("platform/Pulumi.prod.yaml", {
            config: { "platform:kubeContext": "prod", "platform:runtimes": { "claude-code": pin } },
        });
        const file = path.join(checkout.root, "releases", "v2.json");
        release = writeRelease(file, "v2", { "claude-code": image(DIGEST_B) });
        const stack = new FakeStack(checkout.root, "prod");
        world = {
            root: checkout.root,
            openStack: () => Promise.resolve(stack),
            registryTrouble: () => Promise.resolve(undefined),
            connectControlPlane: () => () => Promise.resolve(),
            env: {},
            now: () => new Date("2026-06-22T12:00:00Z"),
            log: () => undefined,
        };
    });
    afterEach(() => {
        checkout.remove();
    });
    const failed = (digest: string) => {
        const published = {
            repository: "ghcr.io/genbrain/claude-code",
            digest,
            gitSha: "19f3175",
            publishedAt: "2026-06-20T10:00:00Z",
            evidence: [{ name: "smoke", result: "failed", url: "https://ci.example.com/0" }],
        };
        checkout.write(
            "releases/v1.9.json",
            JSON.stringify({ schemaVersion: 1, release: "v1.9", runtimes: { "claude-code": published } }),
        );
    };

    it("under another release's name refuses it too: what passed later takes that back no more than here", async () => {
        failed(DIGEST_B);
        const report = await promoteFile(release, ["prod"], world);
        assert.equal(report.exitCode, 1);
        assert.deepEqual(
            problemsIn(report).map(({ at, message }) => `${at}: ${message}`),
            [
                'prod evidence: the check "smoke" failed (https://ci.example.com/0); expected every check to have passed',
            ],
        );
    });

    it("is not known to be none while another release cannot be read, and nothing is moved", async () => {
        checkout.write("releases/v1.8.json", "{");
        checkout.write(
            "releases/v1.7.json",
            JSON.stringify({ schemaVersion: 1, release: "v1.7", runtimes: {} }),
        );
        const report = await promoteFile(release, ["prod"], world);
        assert.equal(report.exitCode, 2);
        const [problem, ...others] = problemsIn(report);
        assert.match(
            problem?.message ?? "",
            /^whether this image failed a check under another name is unknown: releases\/v1\.7\.json: .*\(and \d more\)/,
        );
        assert.equal(others.length, 0);
    });

    it("is nobody else's", async () => {
        failed(DIGEST_A);
        assert.equal((await promoteFile(release, ["prod"], world)).exitCode, 0);
    });
});
