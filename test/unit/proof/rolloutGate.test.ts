import assert from "node:assert/strict";
import type { LiveAgent } from "../../../kube/liveAgent";
import { RolloutGate, RolloutStopped, type WatchedAgent } from "../../../proof/rolloutGate";
import { liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";

const IMAGE = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;

const agent = (org: string, more: Partial<WatchedAgent> = {}): WatchedAgent => ({
    name: `${org}/coder`,
    key: `org-${org}/agent-coder`,
    runtime: "claude-code",
    image: IMAGE,
    follows: true,
    excused: false,
    ...more,
});
const good = () => liveAgentOf({ image: IMAGE });
const rolling = () => liveAgentOf({ image: IMAGE, deployment: { updatedReplicas: 0 } });
const crashing = () =>
    liveAgentOf({ image: IMAGE, waiting: "CrashLoopBackOff", deployment: { updatedReplicas: 0 } });

/** A cluster that a test changes, on a clock that it turns. */
class World {
    public readonly agents = new Map<string, LiveAgent>();
    public down = false;
    public time = Date.parse("2026-07-01T12:30:00Z");
    public readonly now = () => new Date(this.time);
    public readonly look = () =>
        this.down ? Promise.reject(new Error("connection refused")) : Promise.resolve(this.agents);
}

describe("RolloutGate", () => {
    let world: World;
    beforeEach(() => {
        world = new World();
    });
    const roll = async (gate: RolloutGate, which: WatchedAgent) => {
        await gate.admit(which);
        return gate.watch(which);
    };

    it("lets in as many agents as may be rolled at a time, and the next one when one has ended", async () => {
        const gate = new RolloutGate({ parallel: 2, failures: 0 }, 60_000, world);
        for (const org of ["a", "b", "c"]) {
            world.agents.set(`org-${org}/agent-coder`, rolling());
        }
        const begun: string[] = [];
        const runs = ["a", "b", "c"].map(async (org) => {
            await gate.admit(agent(org));
            begun.push(org);
            return gate.watch(agent(org));
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.deepEqual(begun, ["a", "b"]);
        for (const org of ["a", "b", "c"]) {
            world.agents.set(`org-${org}/agent-coder`, good());
        }
        assert.deepEqual(
            (await Promise.all(runs)).map(({ failure }) => failure),
            [undefined, undefined, undefined],
        );
    });

    it("begins no other agent on a pin that more agents cannot run than may, and says which and why", async () => {
        const gate = new RolloutGate({ parallel: 1, failures: 1 }, 60_000, world);
        world.agents.set("org-a/agent-coder", crashing()).set("org-b/agent-coder", crashing());
        await roll(gate, agent("a"));
        await roll(gate, agent("b"));
        await assert.rejects(gate.admit(agent("c")), (error) => {
            assert.ok(error instanceof RolloutStopped);
            assert.match(error.message, /2 agents of the runtime "claude-code" cannot run .*at most 1 may/);
            assert.match(error.message, /a\/coder: CrashLoopBackOff[^]*b\/coder: CrashLoopBackOff/);
            return true;
        });
        // Another runtime, and who is on an override, go on.
        world.agents.set("org-d/agent-coder", good());
        await roll(gate, agent("d", { runtime: "platform-agent" }));
        await roll(gate, agent("d", { follows: false }));
    });

    it("is not stopped by an agent that is excused or on an override", async () => {
        const gate = new RolloutGate({ parallel: 1, failures: 0 }, 60_000, world);
        world.agents.set("org-a/agent-coder", crashing()).set("org-b/agent-coder", good());
        assert.match((await roll(gate, agent("a", { excused: true }))).failure ?? "", /CrashLoopBackOff/);
        assert.match((await roll(gate, agent("a", { follows: false }))).failure ?? "", /CrashLoopBackOff/);
        assert.equal((await roll(gate, agent("b"))).failure, undefined);
    });

    it("is not stopped by agents that wait for what their namespace lacks, whether or not they say so", async () => {
        const gate = new RolloutGate({ parallel: 1, failures: 0 }, 600_000, world);
        const waitsFor = () => Promise.resolve('the Secret "anthropic"');
        for (const [org, waiting] of [
            ["a", "CreateContainerConfigError"],
            ["b", "ContainerCreating"],
        ] as const) {
            const deployment = { updatedReplicas: 0 };
            world.agents.set(`org-${org}/agent-coder`, liveAgentOf({ image: IMAGE, waiting, deployment }));
            const ended = roll(gate, agent(org, { waitsFor }));
            await new Promise((resolve) => setTimeout(resolve, 300));
            world.time += 16_000;
            const { failure, waits } = await ended;
            assert.deepEqual([failure, waits], ['it waits for the Secret "anthropic"', true]);
        }
        world.agents.set("org-c/agent-coder", good());
        assert.equal((await roll(gate, agent("c"))).failure, undefined);
    });

    it("takes no bad image for a missing Secret", async () => {
        const gate = new RolloutGate({ parallel: 1, failures: 0 }, 600_000, world);
        const waitsFor = () => Promise.resolve('the Secret "registry"');
        world.agents.set("org-a/agent-coder", crashing());
        const { failure, waits } = await roll(gate, agent("a", { waitsFor }));
        assert.match(failure ?? "", /CrashLoopBackOff/);
        assert.equal(waits, undefined);
        await assert.rejects(gate.admit(agent("b")), RolloutStopped);
    });

    it("does not take an older template's readiness for the new one's", async () => {
        const gate = new RolloutGate({ parallel: 1, failures: 0 }, 0, world);
        world.agents.set(
            "org-a/agent-coder",
            liveAgentOf({ image: `ghcr.io/genbrain/claude-code@${DIGEST_B}` }),
        );
        const ended = roll(gate, agent("a"));
        await new Promise((resolve) => setTimeout(resolve, 300));
        world.time += 31_000;
        assert.match((await ended).failure ?? "", /did not come to an end in time: .*another image/);
    });

    it("waits for an API server that comes back, and fails what could not be read in time", async () => {
        const gate = new RolloutGate({ parallel: 2, failures: 0 }, 0, world);
        world.agents.set("org-a/agent-coder", good());
        world.down = true;
        const back = roll(gate, agent("a"));
        await new Promise((resolve) => setTimeout(resolve, 300));
        world.down = false;
        assert.equal((await back).failure, undefined);
        world.down = true;
        const lost = roll(gate, agent("a"));
        await new Promise((resolve) => setTimeout(resolve, 300));
        world.time += 31_000;
        assert.match((await lost).failure ?? "", /the cluster cannot be read: connection refused/);
    });
});
