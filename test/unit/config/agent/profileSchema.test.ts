import assert from "node:assert/strict";
import { profileSchema } from "../../../../config/agent/profileSchema";
import { describeIssues } from "../../../../lib/text/describeIssues";

const DIGEST = `ghcr.io/genbrain/proxy@sha256:${"a".repeat(64)}`;

function problemsOf(value: object): readonly string[] {
    const parsed = profileSchema.safeParse(value);
    return parsed.success ? [] : describeIssues(parsed.error, value);
}

describe("profileSchema", () => {
    const refused: [string, object, RegExp][] = [
        ["a word that is none", { replica: 1 }, /^replica: unknown key "replica"$/],
        [
            "half a byte of memory, and says what was meant",
            { resources: { limits: { memory: "512m" } } },
            /memory: "512m": "m" is a thousandth of a byte; did you mean "512Mi"\?$/,
        ],
        [
            "a few bytes of memory, and says what was meant",
            { resources: { limits: { memory: "512" } } },
            /memory: "512": that is 512 bytes; did you mean "512Mi"\?$/,
        ],
        [
            "memory for cores",
            { resources: { limits: { cpu: "1Gi" } } },
            /cpu: "1Gi": "Gi" measures memory; expected cores as a string/,
        ],
        [
            "cores for a whole data centre",
            { resources: { limits: { cpu: "2000" } } },
            /cpu: "2000": that many cores has no node; did you mean "2000m"\?/,
        ],
        [
            "half a device",
            { resources: { limits: { "nvidia.com/gpu": "0.5" } } },
            /nvidia\.com\/gpu: "0\.5": expected a whole number as a string/,
        ],
        [
            "a device that is asked for and not given",
            { resources: { requests: { "nvidia.com/gpu": "1" } } },
            /nvidia\.com\/gpu: "1": expected the same under limits/,
        ],
        ["root", { securityContext: { runAsUser: 0 } }, /runAsUser: 0: .*0 is root$/],
        [
            "a control character, without showing the value",
            { env: { GREETING: "a\u0007b" } },
            /^env\.GREETING: .*has a control character/,
        ],
        [
            "a credential in plain text",
            { env: { API_TOKEN: "hunter2" } },
            /^env\.API_TOKEN: \(a value that is not shown\): this name says credential/,
        ],
        [
            "a credential in a sidecar's plain text",
            { sidecars: { proxy: { image: DIGEST, env: { API_TOKEN: "hunter2" } } } },
            /^sidecars\.proxy\.env\.API_TOKEN: \(a value that is not shown\): this name says credential/,
        ],
        [
            "a sidecar without a digest",
            { sidecars: { proxy: { image: "ghcr.io/genbrain/proxy:v1" } } },
            /image: "ghcr\.io\/genbrain\/proxy:v1": expected a digest/,
        ],
        [
            "a sidecar that is called as the agent",
            { sidecars: { agent: { image: DIGEST } } },
            /the key "agent" is not allowed: expected another name/,
        ],
        [
            "a volume of two kinds",
            { volumes: { x: { mountPath: "/x", emptyDir: {}, claim: { size: "1Gi" } } } },
            /^volumes\.x: an object: expected exactly one of "emptyDir"/,
        ],
        [
            "a path out of a volume",
            { volumes: { x: { mountPath: "/x", subPath: "../y", emptyDir: {} } } },
            /subPath: "\.\.\/y": expected a path without "\.\."/,
        ],
        [
            "a label of the platform's own",
            { podLabels: { "customer-orgs/org": "other" } },
            /the key "customer-orgs\/org" is not allowed: expected a key outside/,
        ],
        [
            "replicas beside an autoscaler",
            { replicas: 1, autoscaler: { maxReplicas: 2 } },
            /^autoscaler: an object: "replicas" is there too/,
        ],
        [
            "a rollout that can take no step",
            { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
            /rollingUpdate: an object: expected one of the two above 0/,
        ],
        [
            "a toleration of a taint without a name",
            { tolerations: [{ effect: "NoSchedule" }] },
            /tolerations\[0\]\.key: nothing: expected the taint's key/,
        ],
        [
            "an affinity in another shape",
            { affinity: { nodeAffinity: { required: [] } } },
            /affinity\.nodeAffinity\.required: unknown key/,
        ],
        [
            "a liveness probe that must succeed twice",
            { probes: { liveness: { tcpSocket: { port: 1 }, successThreshold: 2 } } },
            /probes\.liveness\.successThreshold: 2: expected 1/,
        ],
        [
            "a header that carries a credential",
            {
                probes: {
                    readiness: {
                        httpGet: { path: "/", port: 1, httpHeaders: [{ name: "Authorization", value: "x" }] },
                    },
                },
            },
            /name: "Authorization": expected no header that carries a credential/,
        ],
    ];
    for (const [what, value, message] of refused) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf(value);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", message);
            assert.doesNotMatch(problems.join(), /hunter2/);
        });
    }

    it("reports all problems of a layer together", () => {
        const problems = problemsOf({ replicas: -1, minReadySeconds: -1, env: { X: 1 }, tolerations: {} });
        assert.equal(problems.length, 4, problems.join("\n"));
    });
});
