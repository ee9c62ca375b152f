import assert from "node:assert/strict";
import type { RolloutWorld } from "../../../proof/rolloutWorld";
import type { RolledAgent } from "../../../proof/rolledAgent";
import { describeWaiting, mayLack } from "../../../proof/waitingAgents";
import { liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A } from "../../support/sampleImages";

const IMAGE = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;
const SECRET = { kind: "Secret", name: "anthropic" } as const;

const agent = (org: string, needs: RolledAgent["needs"]): RolledAgent => ({
    name: `${org}/coder`,
    agent: "coder",
    runtime: "claude-code",
    namespace: `org-${org}`,
    deployment: "agent-coder",
    follows: true,
    needs,
});
const world = (lacks: RolloutWorld["lacks"]): RolloutWorld => ({
    now: () => new Date(),
    look: () => Promise.resolve(new Map()),
    lacks,
});

describe("agents that wait", () => {
    it("are named with what their namespace lacks, and nobody else is", async () => {
        const lines = await describeWaiting(
            world((wanted) => {
                assert.deepEqual([...wanted.keys()], ["org-a", "org-b", "org-c"]);
                return Promise.resolve(
                    new Map([
                        ["org-a", { namespaceIsThere: true, missing: [SECRET] }],
                        ["org-b", { namespaceIsThere: false, missing: [SECRET] }],
                    ]),
                );
            }),
            [agent("a", [SECRET]), agent("b", [SECRET]), agent("c", [SECRET]), agent("d", [])],
        );
        assert.deepEqual(lines, [
            'a/coder waits for the Secret "anthropic", which the namespace "org-a" lacks; everybody else is rolled',
            'b/coder waits for the Secret "anthropic" in the namespace "org-b", which is born in the update; everybody else is rolled',
        ]);
    });

    it("are not known where nothing can be read, which is said", async () => {
        const lines = await describeWaiting(
            world(() => Promise.reject(new Error("forbidden"))),
            [agent("a", [SECRET])],
        );
        assert.deepEqual(lines, ["whether the Secrets of agents are there cannot be read: forbidden"]);
    });

    for (const [what, waiting, message, expected] of [
        ["a container that is not made yet", "ContainerCreating", "", true],
        ["a container that cannot be made", "CreateContainerConfigError", 'secret "x" not found', true],
        ["a registry that lets nobody in", "ImagePullBackOff", "401 Unauthorized", true],
        ["an image that is not there", "ImagePullBackOff", "manifest unknown: not found", false],
        ["an image that crashes", "CrashLoopBackOff", "", false],
        ["an image whose name nobody can read", "InvalidImageName", "", false],
        ["an agent that runs", "", "", false],
    ] as const) {
        it(`are${expected ? "" : " not"} told by ${what}`, () => {
            const live = liveAgentOf({ image: IMAGE, waiting, waitingMessage: message });
            assert.equal(mayLack(live), expected);
        });
    }
});
