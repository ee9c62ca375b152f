import assert from "node:assert/strict";
import { imagesIn } from "../../support/objects";
import { imageOf } from "../../support/referenceProject";
import { useEngine } from "../../support/useEngine";

/** A window that is always closed. */
const FREEZE = {
    rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0",
    duration: "PT24H",
    timezone: "UTC",
    reason: "the holidays",
};
const [ONE, TWO, THREE] = ["1", "2", "3"].map((digit) => imageOf("claude-code", digit));

describe("plain pulumi up of a platform that must not change, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();

    /** Updates the stack to a pin, and answers what the core agent has and what is exported. */
    const up = async (
        image: string | undefined,
        release: string,
        settings: object = {},
        pin: object = {},
    ) => {
        const { workspace, cluster } = suite();
        workspace.writeSettings("platform", "paused", {
            "platform:kubeContext": cluster.context,
            "platform:runtimes": { "claude-code": { image, release, ...pin } },
            "platform:coreFleet": {
                namespace: "paused-core",
                agents: [{ name: "cto", runtime: "claude-code", minReadySeconds: 0 }],
            },
            ...settings,
        });
        const { outputs } = await (await workspace.stack("platform", "paused")).up();
        const exported = outputs["runtimeImages"]?.value as { runtimes: Record<string, { release: string }> };
        return [
            (await imagesIn(cluster, "paused-core"))["agent-cto"],
            exported.runtimes["claude-code"]?.release,
        ];
    };

    it("keeps the core fleet in a pause and in a freeze window, but for a rollback and a pin whose glass was broken", async () => {
        assert.deepEqual(await up(ONE, "v1"), [ONE, "v1"]);
        const pause = { owner: "ann", reason: "an incident", until: new Date().toISOString().slice(0, 10) };
        assert.deepEqual(await up(TWO, "v2", { "platform:pause": pause }), [ONE, "v1"]);
        const frozen = { "platform:promotion": { freeze: [FREEZE] } };
        assert.deepEqual(await up(TWO, "v2", frozen), [ONE, "v1"]);
        assert.deepEqual(await up(TWO, "v2", frozen, { breakGlass: "a leak" }), [TWO, "v2"]);

        assert.deepEqual(await up(THREE, "v3", frozen), [TWO, "v2"]);
        const hold = { reason: "crashes", by: "ann", since: "2026-07-01T08:00:00Z", badImage: TWO };
        assert.deepEqual(await up(ONE, "v1", frozen, { hold }), [ONE, "v1"]);
        assert.deepEqual(await up(THREE, "v3"), [THREE, "v3"]);
    });
});
