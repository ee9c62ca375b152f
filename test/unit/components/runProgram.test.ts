import assert from "node:assert/strict";
import { runProgram } from "../../../components/runProgram";

describe("runProgram", () => {
    const traces: { prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown } = Error;
    const { prepareStackTrace } = traces;
    afterEach(() => {
        traces.prepareStackTrace = prepareStackTrace;
    });

    it("spares the traces that the SDK takes for itself, and leaves those of errors as they are", async () => {
        let written = 0;
        const write = (error: Error): string => {
            written++;
            return `${error.message} with its trace`;
        };
        traces.prepareStackTrace = write;
        const stacks = await runProgram(() => Promise.resolve([new Error().stack, new Error("bad").stack]));
        assert.deepEqual(stacks, ["Error", "bad with its trace"]);
        assert.equal(written, 1);
        assert.equal(traces.prepareStackTrace, write);
    });

    it("does so no longer when the program has failed", async () => {
        const write = () => "a trace";
        traces.prepareStackTrace = write;
        await assert.rejects(
            runProgram(() => Promise.reject(new Error("bad"))),
            /bad/,
        );
        assert.equal(traces.prepareStackTrace, write);
    });
});
