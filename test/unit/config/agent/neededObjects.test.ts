import assert from "node:assert/strict";
import { neededObjects } from "../../../../config/agent/neededObjects";

const IMAGE = `ghcr.io/genbrain/proxy@sha256:${"a".repeat(64)}`;

describe("neededObjects", () => {
    it("names what variables, files, sidecars and pulls come from, each once, and nothing that is optional", () => {
        const needs = neededObjects(
            {
                profile: {
                    secretEnv: {
                        A: { secret: "anthropic", key: "a" },
                        B: { secret: "anthropic", key: "b" },
                        C: { secret: "sentry", key: "c", optional: true },
                    },
                    envFrom: [
                        { configMapRef: { name: "settings" } },
                        { secretRef: { name: "mcp", optional: true } },
                    ],
                    volumes: {
                        rules: { mountPath: "/rules", configMap: { name: "rules" } },
                        tls: { mountPath: "/tls", secret: { secretName: "tls" } },
                        tmp: { mountPath: "/tmp", emptyDir: {} },
                    },
                    sidecars: { proxy: { image: IMAGE, secretEnv: { T: { secret: "proxy", key: "t" } } } },
                },
            },
            ["registry"],
        );
        assert.deepEqual(
            needs.map(({ kind, name }) => `${kind} ${name}`),
            [
                "Secret anthropic",
                "Secret proxy",
                "Secret registry",
                "Secret tls",
                "ConfigMap rules",
                "ConfigMap settings",
            ],
        );
    });
});
