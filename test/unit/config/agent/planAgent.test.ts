import assert from "node:assert/strict";
import { whereIs } from "../../../../config/agent/findProblems";
import { planAgent } from "../../../../config/agent/planAgent";
import { type ImageReference, readImage } from "../../../../images/imageReference";
import type { Profile } from "../../../../config/agent/profileSchema";

const FILE = "orgs/prod/acme.yaml";

function plan(profile: Profile, runtime = "claude-code") {
    const layer = { origin: { layer: "agent", file: FILE, path: "agents[0]" }, profile } as const;
    return planAgent("coder", runtime, [layer], [GENBRAIN]);
}

const GENBRAIN = readImage("ghcr.io/genbrain") as ImageReference;
const PROXY = `ghcr.io/genbrain/proxy@sha256:${"a".repeat(64)}`;
const CLAIM = { mountPath: "/state", claim: { size: "1Gi" } } as const;

describe("planAgent", () => {
    it("waits until a pod has stayed ready, and lets a pod go only when its successor is there, where nobody says otherwise", () => {
        const { minReadySeconds, progressDeadlineSeconds, strategy, maxReplicas, problems } = plan({});
        assert.deepEqual(
            { minReadySeconds, progressDeadlineSeconds, strategy, maxReplicas, problems },
            {
                minReadySeconds: 10,
                progressDeadlineSeconds: 300,
                strategy: { type: "RollingUpdate", maxSurge: 1, maxUnavailable: 0 },
                maxReplicas: 1,
                problems: [],
            },
        );
    });

    it("has the boot gate of its runtime, unless somebody says another one or none", () => {
        assert.deepEqual(plan({}, "platform-agent").bootGate, ["/opt/molecule-mcp-server"]);
        assert.deepEqual(plan({ bootGate: ["/a"] }, "platform-agent").bootGate, ["/a"]);
        assert.deepEqual(plan({ bootGate: [] }, "platform-agent").bootGate, []);
        assert.deepEqual(plan({}, "constructor").bootGate, []);
    });

    it("declares no replicas where an autoscaler decides, and counts with its most", () => {
        const { replicas, maxReplicas } = plan({ autoscaler: { maxReplicas: 7 } });
        assert.deepEqual([replicas, maxReplicas], [undefined, 7]);
    });

    it("names a claim after its agent, or as its file says, and ends the old pod before the new one wants it", () => {
        const own = plan({ volumes: { state: CLAIM } });
        assert.deepEqual(
            own.claims.map(({ name }) => name),
            ["agent-coder-state"],
        );
        assert.deepEqual([own.strategy, own.problems], [{ type: "Recreate" }, []]);
        const renamed = plan({
            volumes: { state: { ...CLAIM, claim: { size: "1Gi", name: "agent-old-state" } } },
        });
        assert.equal(renamed.claims[0]?.name, "agent-old-state");
        const shared = plan({
            replicas: 3,
            volumes: { state: { ...CLAIM, claim: { size: "1Gi", accessMode: "ReadWriteMany" } } },
        });
        assert.deepEqual([shared.strategy.type, shared.problems], ["RollingUpdate", []]);
    });

    const refused: [string, Profile, RegExp][] = [
        [
            "a wait that is longer than the deadline",
            { minReadySeconds: 60, progressDeadlineSeconds: 60 },
            /^orgs\/prod\/acme\.yaml: agents\[0\]\.minReadySeconds: 60: expected less than progressDeadlineSeconds, 60/,
        ],
        [
            "a pause that outlives the pod",
            { preStop: { sleep: { seconds: 30 } } },
            /agents\[0\]\.preStop: .* expected less than terminationGracePeriodSeconds, 30/,
        ],
        [
            "an old pod that outlives the rollout that waits for it",
            { terminationGracePeriodSeconds: 300, strategy: { type: "Recreate" } },
            /agents\[0\]\.terminationGracePeriodSeconds: 300: the old pod may take this long to end .* below progressDeadlineSeconds, 300/,
        ],
        [
            "two pods for a claim that one can have",
            { replicas: 2, volumes: { state: CLAIM } },
            /agents\[0\]\.volumes\.state: "ReadWriteOnce": one pod at a time can have this claim, and there may be 2/,
        ],
        [
            "a successor that waits for its predecessor's claim",
            { strategy: { type: "RollingUpdate" }, volumes: { state: CLAIM } },
            /agents\[0\]\.strategy: "RollingUpdate": the successor would wait for the claim "agent-coder-state"/,
        ],
        [
            "two volumes at one path",
            { volumes: { a: { mountPath: "/x", emptyDir: {} }, b: { mountPath: "/x", emptyDir: {} } } },
            /agents\[0\]\.volumes\.b\.mountPath: "\/x": the volume "a" is there/,
        ],
        [
            "a sidecar's mount of nothing",
            { sidecars: { proxy: { image: PROXY, volumeMounts: [{ name: "a", mountPath: "/x" }] } } },
            /agents\[0\]\.sidecars\.proxy\.volumeMounts: "a": no such volume/,
        ],
        [
            "a sidecar from elsewhere",
            { sidecars: { proxy: { image: PROXY.replace("genbrain", "genbrain-evil") } } },
            /agents\[0\]\.sidecars\.proxy\.image: .*: expected a repository of "sidecarRepositories" .*\("ghcr\.io\/genbrain"\)/,
        ],
        [
            "a budget that never lets a node be drained",
            { replicas: 2, podDisruptionBudget: { minAvailable: 2 } },
            /agents\[0\]\.podDisruptionBudget: .* expected less than the replicas, 2/,
        ],
    ];
    for (const [what, profile, message] of refused) {
        it(`refuses ${what}, and says where it was written`, () => {
            const { problems } = plan(profile);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", message);
        });
    }

    it("knows of every value where it came from, the built-in ones too", () => {
        const { origins } = plan({ env: { LOG_LEVEL: "debug" } });
        assert.equal(whereIs(origins, "env.LOG_LEVEL"), `${FILE}: agents[0].env.LOG_LEVEL`);
        assert.equal(whereIs(origins, "minReadySeconds"), "minReadySeconds (built in)");
    });
});
