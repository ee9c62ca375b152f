import assert from "node:assert/strict";
import { describeEngineFailure } from "../../../engine/openStack";

describe("why the engine failed", () => {
    for (const [what, said, expected] of [
        [
            "another update",
            "error: the stack is currently locked by 1 lock(s)",
            /another update holds the lock of the stack "prod".*"pulumi -C platform cancel --stack prod"/,
        ],
        [
            "a stack that is not there",
            "error: no stack named 'prod' found",
            /no stack "prod" of the project in "platform".*"pulumi -C platform stack init prod".*PULUMI_BACKEND_URL/,
        ],
        [
            "a state that was cut off",
            "error: failed to load checkpoint: EOF",
            /prod\.json\.attrs is empty, delete that file/,
        ],
        ["no engine", "spawn pulumi ENOENT", /no Pulumi engine on PATH; expected the one of "npm ci"/],
        [
            "what its diagnostics say, without noise and colours",
            "Resources:\n  1\nDiagnostics:\n  pulumi:pulumi:Stack (a):\n    error: \u001b[31mthe pin is bad\u001b[0m\n    error: update failed\nDuration: 1s",
            /^error: the pin is bad$/,
        ],
    ] as const) {
        it(`names ${what}`, () => {
            assert.match(describeEngineFailure(new Error(said), "platform", "prod"), expected);
        });
    }
});
