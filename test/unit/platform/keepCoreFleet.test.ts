import assert from "node:assert/strict";
import { formatImageReference } from "../../../images/imageReference";
import type { LiveAgent } from "../../../kube/liveAgent";
import { findForbiddenPins, keepCoreFleet } from "../../../platform/keepCoreFleet";
import { platformConfigSchema } from "../../../platform/platformConfig";
import type { ProofRecord } from "../../../proof/proofRecord";
import { liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A, DIGEST_B, pinned } from "../../support/sampleImages";

const [OLD, NEW] = [`ghcr.io/a/b@${DIGEST_A}`, `ghcr.io/a/b@${DIGEST_B}`];
const NOW = new Date("2026-07-01T12:00:00Z");
const PAUSE = { owner: "ann", reason: "an incident", until: "2026-07-02" };
const FREEZE = [
    { rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0", duration: "PT24H", timezone: "UTC", reason: "weekend" },
];

/** What the core agent `ceo` is given; `undefined` where nothing is forbidden. */
async function keep(settings: object, pin: object = {}, live?: LiveAgent, before: ProofRecord = new Map()) {
    const config = platformConfigSchema.parse({
        kubeContext: "dev",
        runtimes: { "claude-code": { image: NEW, ...pin } },
        coreFleet: { agents: [{ name: "ceo", runtime: "claude-code" }] },
        ...settings,
    });
    const forbids = findForbiddenPins(config, before, NOW);
    if (forbids === undefined) {
        return undefined;
    }
    const agents = new Map(live && [["agents/agent-ceo", live]]);
    const world = { look: () => Promise.resolve(agents), now: () => NOW };
    const given = await keepCoreFleet(config, before, forbids, world, "platform/Pulumi.dev.yaml");
    return formatImageReference(given("ceo", { image: pinned(NEW), release: "v2" }).image);
}

describe("keepCoreFleet", () => {
    const live = liveAgentOf({ image: OLD, namespace: "agents" });

    it("keeps what a core agent runs in a pause and in a freeze window of promotions", async () => {
        assert.equal(await keep({ pause: PAUSE }, {}, live), OLD);
        assert.equal(await keep({ promotion: { freeze: FREEZE } }, {}, live), OLD);
        assert.equal(await keep({}, {}, live), undefined);
    });

    it("lets a pin go that somebody broke the glass for or rolled back to, and a stack whose glass is broken", async () => {
        const hold = { reason: "crashes", by: "bob", since: "2026-07-01T00:00:00Z", badImage: OLD };
        const freeze = { promotion: { freeze: FREEZE } };
        assert.equal(await keep(freeze, { breakGlass: "a leak" }, live), NEW);
        assert.equal(await keep(freeze, { hold }, live), NEW);
        const released = { by: "bob", at: "2026-07-01T00:00:00Z" };
        assert.equal(await keep(freeze, { hold: { ...hold, released } }, live), OLD);
        assert.equal(await keep({ ...freeze, breakGlass: PAUSE }, {}, live), undefined);
    });

    it("refuses a new core agent of a runtime of which nothing was ever proven", async () => {
        await assert.rejects(keep({ pause: PAUSE }), /core agent "ceo": the stack is paused .* it is new/);
    });
});
