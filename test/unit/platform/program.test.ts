import assert from "node:assert/strict";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { promiseOf } from "../../../components/promiseOf";
import platform from "../../../platform/index";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { declareResources } from "../../support/declareResources";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";

describe("the platform's program", () => {
    let checkout: OrgsDirectory;
    beforeEach(() => {
        checkout = new OrgsDirectory();
    });
    afterEach(() => {
        checkout.remove();
    });

    const run = () =>
        declareResources(
            async () => {
                const runtimes = {
                    "claude-code": { image: `ghcr.io/a/b@${DIGEST_A}`, release: "v2" },
                    "platform-agent": { image: `ghcr.io/a/c@${DIGEST_B}`, release: "v2" },
                };
                const context = {
                    settings: {
                        "platform:kubeContext": "dev",
                        "platform:runtimes": JSON.stringify(runtimes),
                    },
                    stackName: "dev",
                    root: path.join(checkout.root, "platform"),
                    now: new Date("2026-07-01T00:00:00Z"),
                };
                return promiseOf(pulumi.output(await platform(context)));
            },
            { live: { "kubernetes:core/v1:Namespace": { metadata: { uid: "uid-1" } } } },
        );

    it("exports each runtime's pin, and its history", async () => {
        const { runtimeImages, pinHistory } = await (await run()).result;
        const images = Object.entries(runtimeImages.runtimes).map(([runtime, { image }]) => [runtime, image]);
        assert.deepEqual(images, [
            ["claude-code", `ghcr.io/a/b@${DIGEST_A}`],
            ["platform-agent", `ghcr.io/a/c@${DIGEST_B}`],
        ]);
        assert.deepEqual(Object.keys(pinHistory.runtimes), ["claude-code", "platform-agent"]);
    });

    it("declares nothing of the core fleet while a pin is vetoed, and names all that are", async () => {
        const veto = (digest: string) => ({ digest, reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" });
        checkout.write("platform/vetoes.yaml", { vetoes: [veto(DIGEST_A), veto(DIGEST_B)] });
        const { resources, result } = await run();
        await assert.rejects(result, (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.match(error.message, /runtimes\.claude-code: "ghcr\.io\/a\/b@.* was vetoed by ann/);
            assert.match(error.message, /runtimes\.platform-agent: "ghcr\.io\/a\/c@.* was vetoed by ann/);
            return true;
        });
        const declared = resources.filter(
            ({ type, read }) => type.startsWith("kubernetes:") && read === undefined,
        );
        assert.deepEqual(declared, []);
    });
});
