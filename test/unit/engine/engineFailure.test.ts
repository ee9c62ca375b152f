import assert from "node:assert/strict";
import { describeEngineFailure } from "../../../engine/engineFailure";

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
            "an engine that could not be downloaded",
            "Command failed with exit code 1: pulumi version\nDownloading pulumi v3.265.0...\npulumi: fetch failed",
            /^there is no Pulumi engine: npm's launcher could not download/,
        ],
        [
            "that nobody logged in",
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
            /logged in to no backend; expected "npx pulumi login /,
        ],
        [
            "a passphrase that is missing",
            "error: getting secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
            /passphrase, and it is missing or wrong; expected it in PULUMI_CONFIG_PASSPHRASE/,
        ],
        [
            "a cluster that is away, without the advice to delete from the state",
            "error: configured Kubernetes cluster is unreachable: i/o timeout\nset PULUMI_K8S_DELETE_UNREACHABLE",
            /^the stack's cluster cannot be reached; .*Delete nothing from the state$/,
        ],
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
