import assert from "node:assert/strict";
import { runUpdate } from "../../../engine/runUpdate";

describe("the update of a promotion", () => {
    it("is not begun after an interruption: the next environment stays as it is", async () => {
        const said: string[] = [];
        await assert.rejects(
            runUpdate({
                workDir: "/nowhere",
                stack: "prod",
                message: "promote v2",
                onOutput: (text) => said.push(text),
                signal: AbortSignal.abort(new Error("interrupted by SIGTERM")),
            }),
            /^Error: interrupted by SIGTERM$/,
        );
        assert.deepEqual(said, []);
    });
});
