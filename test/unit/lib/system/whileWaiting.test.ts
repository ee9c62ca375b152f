import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { reportWaits, whileWaiting } from "../../../../lib/system/whileWaiting";

const QUIET_MS = 50;

describe("a wait", () => {
    it("is told while nothing else is printed, the one that began first, and no longer than it lasts", async () => {
        const said: string[] = [];
        let lastPrinted = Date.now();
        const say = (line: string) => {
            said.push(line);
            lastPrinted = Date.now();
        };
        const stop = reportWaits(say, () => lastPrinted, QUIET_MS);
        const inner = () => whileWaiting("a request", () => sleep(400));
        await whileWaiting("the registry", inner);
        assert.ok(said.length > 0);
        assert.deepEqual([...new Set(said)], ["still waiting for the registry (0 s)"]);
        const before = said.length;
        await sleep(4 * QUIET_MS);
        assert.equal(said.length, before, "nothing is waited for any more");
        stop();
    });

    it("is not told while something else is printed", async () => {
        const said: string[] = [];
        const stop = reportWaits(
            (line) => said.push(line),
            () => Date.now(),
            QUIET_MS,
        );
        await whileWaiting("the registry", () => sleep(4 * QUIET_MS));
        stop();
        assert.deepEqual(said, []);
    });

    it("is over when the work fails, and fails as the work did", async () => {
        const said: string[] = [];
        const stop = reportWaits(
            (line) => said.push(line),
            () => 0,
            QUIET_MS,
        );
        await assert.rejects(
            whileWaiting("the registry", () => Promise.reject(new Error("away"))),
            /^Error: away$/,
        );
        await sleep(4 * QUIET_MS);
        stop();
        assert.deepEqual(said, []);
    });
});
