import assert from "node:assert/strict";
import type { Platforms } from "../../../../fleet/stale/fleetFacts";
import { readImage } from "../../../../images/imageReference";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { joinWorkloads } from "../../../../kube/workloads";
import { parseProof } from "../../../../proof/proofRecord";
import { cluster, compare, deployed, judged, target } from "../../../support/fleetFacts";
import { deployment, digest, image, pod } from "../../../support/liveObjects";

const TAGGED = "ghcr.io/genbrain/claude-code:sha-1234567";
const gate = (of: string) => ({ name: "boot-gate", image: readImage(of) });
const withGate = (of: string) =>
    deployment({
        spec: {
            template: {
                spec: {
                    initContainers: [{ name: "boot-gate", image: of }],
                    containers: [{ name: "agent", image: image("1") }],
                },
            },
        },
    });

describe("what fleet stale takes for evidence", () => {
    for (const { what, facts, status, note } of [
        {
            what: "drifted when a tag was pushed again: the same text, and another digest than the deployed one",
            facts: {
                deployed: [deployed({ image: image("1", "sha-1234567") })],
                live: cluster([deployment({ image: TAGGED })], [pod({ image: TAGGED, imageID: image("2") })]),
            },
            status: "drifted",
            note: /its pods run sha256:2222/,
        },
        {
            what: "current when a tag still is the digest that was deployed for it",
            facts: {
                deployed: [deployed({ image: image("1", "sha-1234567") })],
                targets: [target({ image: image("1", "sha-1234567") })],
                live: cluster([deployment({ image: TAGGED })], [pod({ image: TAGGED, imageID: image("1") })]),
            },
            status: "current",
        },
        {
            what: "drifted when one of two pods runs another digest",
            facts: {
                live: cluster(
                    [
                        deployment({
                            spec: { replicas: 2 },
                            status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
                        }),
                    ],
                    [pod(), pod({ name: "second", imageID: image("4") })],
                ),
            },
            status: "drifted",
            note: /its pods run sha256:4/,
        },
        {
            what: "unknown when the image id is a local one",
            facts: { live: cluster([deployment()], [pod({ imageID: digest("7") })]) },
            status: "unknown",
            note: /no registry's digest/,
        },
        {
            what: "unknown when the image id is a local one behind a prefix",
            facts: { live: cluster([deployment()], [pod({ imageID: `docker://${digest("7")}` })]) },
            status: "unknown",
        },
        {
            what: "unknown when none of its pods was seen, though some are available",
            facts: { live: cluster([deployment()], [pod({ of: "agent-other" })]) },
            status: "unknown",
        },
        {
            what: "unknown when a pod that is available does not say what the agent's container runs",
            facts: { live: cluster([deployment()], [{ ...pod(), statuses: [] }]) },
            status: "unknown",
        },
        {
            what: "unknown when its stack's targets were left out",
            facts: { targets: undefined },
            status: "unknown",
        },
        {
            what: "drifted when its boot gate was left on another image than the agent's",
            facts: { live: cluster([withGate(image("9"))]) },
            status: "drifted",
            note: /container "boot-gate" has ".*9999" and the agent itself/,
        },
        {
            what: "drifted when another container than the agent's is not what was deployed",
            facts: {
                deployed: [{ ...deployed(), containers: [gate(image("1"))] }],
                live: cluster([withGate(image("2"))]),
            },
            status: "drifted",
            note: /container "boot-gate" has ".*2222", deployed was ".*1111/,
        },
        {
            what: "current, with a word, when it is scaled to 0",
            facts: {
                live: cluster([
                    deployment({
                        spec: { replicas: 0 },
                        status: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
                    }),
                ]),
            },
            status: "current",
            note: /scaled to 0: nothing runs/,
        },
        {
            what: "unknown where a source of its stack was not read",
            facts: { unread: ["the outputs were not read"] },
            status: "unknown",
        },
        {
            what: "unknown where nobody says what it should run and nobody what was deployed",
            facts: { targets: undefined, deployed: undefined, live: cluster([deployment()]) },
            status: "unknown",
        },
        {
            what: "unknown without a cluster that was to be read",
            facts: { live: undefined, unread: ["the cluster was"] },
            status: "unknown",
        },
        {
            what: "failing all the same, where a source was not read",
            facts: {
                unread: ["the outputs were not read"],
                live: cluster([deployment()], [pod({ waiting: "CrashLoopBackOff" })]),
            },
            status: "failing",
        },
        {
            what: "unknown, and not unmanaged, where what its stack deployed was not read",
            facts: {
                targets: [],
                deployed: undefined,
                unread: ["x"],
                live: cluster([deployment({ managed: false })]),
            },
            status: "unknown",
            note: /whether a stack owns it is not known/,
        },
    ]) {
        it(`calls an agent ${what}`, () => {
            const found = judged(facts);
            assert.equal(found.status, status, found.notes);
            assert.match(found.notes, note ?? /^/);
            assert.doesNotMatch(
                status === "unknown" ? found.notes : "",
                /adopt/,
                "no advice without knowing",
            );
        });
    }

    const onPlatform = { live: cluster([deployment()], [pod({ imageID: image("4") })]) };

    it("takes a platform's manifest for its index, and asks the registry once for each index", () => {
        const answer: Platforms = { ok: true, digests: new Set([digest("1"), digest("4")]) };
        assert.equal(judged({ ...onPlatform, platformsOf: () => answer }).status, "current");
        const other: Platforms = { ok: true, digests: new Set([digest("1"), digest("5")]) };
        assert.equal(judged({ ...onPlatform, platformsOf: () => other }).status, "drifted");
    });

    it("says so where the registry does not tell whether it is one of its platforms", () => {
        const { status, notes } = judged({
            ...onPlatform,
            platformsOf: () => ({ ok: false, why: "no connection" }),
        });
        assert.equal(status, "drifted");
        assert.match(notes, /the registry could not be asked .*no connection/);
    });

    const veto = (digit: string) =>
        new Map([
            [
                digest(digit),
                { digest: digest(digit), reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" },
            ],
        ]);

    it("finds a veto in the template, in what pods run, and on an agent that no stack owns", () => {
        assert.equal(judged({ vetoes: veto("1") }).status, "vetoed");
        const runs = judged({ vetoes: veto("4"), ...onPlatform });
        assert.equal(runs.status, "vetoed");
        assert.match(runs.notes, /really runs a vetoed image: .*vetoed by ann at .*: leaks/);
        const live = cluster([deployment({ managed: false })], [pod()]);
        assert.equal(judged({ vetoes: veto("1"), targets: [], deployed: [], live }).status, "vetoed");
        assert.equal(
            judged({ vetoes: veto("1"), live: undefined }).status,
            "vetoed",
            "by what was deployed alone",
        );
    });

    it("says that no update takes an agent to a vetoed pin", () => {
        const { status, notes } = judged({ vetoes: veto("2"), targets: [target({ image: image("2") })] });
        assert.equal(status, "stale");
        assert.match(notes, /no update takes it to its target/);
    });

    it("lists a workload on a pinned runtime's repository, by its image or its digest, and nothing else", () => {
        const pins = parseRuntimeImages(
            { schemaVersion: 1, runtimes: { "claude-code": { image: image("1"), release: "v1" } } },
            "platform",
        );
        const workload = (name: string, of: string) => ({
            kind: "StatefulSet",
            namespace: "org-acme",
            name,
            labels: {},
            containers: [{ name: "main", image: readImage(of) }],
            pods: [],
        });
        const workloads = [
            workload("old", image("9")),
            workload("mirror", `mirror.example/x@${digest("1")}`),
            workload("database", "postgres:17"),
        ];
        const { rows, stranded } = compare({ pins, live: cluster([deployment()], [pod()], { workloads }) });
        const others = rows.filter(({ kind }) => kind === "StatefulSet");
        assert.deepEqual(
            others.map(({ agent, status, stack }) => [agent, status, stack]),
            [
                ["mirror", "unmanaged", null],
                ["old", "unmanaged", null],
            ],
        );
        assert.deepEqual(
            stranded.map(({ workload: of }) => of),
            ["StatefulSet/database"],
        );
    });

    it("gives a pod to the controller at the end of its chain of owners", () => {
        const owned = (name: string, kind: string, owner?: string) => ({
            kind,
            namespace: "org-acme",
            name,
            labels: {},
            containers: [],
            owner: owner === undefined ? undefined : { kind: "CronJob", name: owner },
            pods: [],
        });
        const podOf = (name: string, owner?: { kind: string; name: string }) => ({ ...pod({ name }), owner });
        const joined = joinWorkloads(
            [owned("nightly", "CronJob"), owned("nightly-1", "Job", "nightly")],
            [
                podOf("a", { kind: "Job", name: "nightly-1" }),
                podOf("b", { kind: "Rollout", name: "web" }),
                podOf("c"),
            ],
        );
        assert.deepEqual(
            joined.map(({ kind, name, pods }) => [kind, name, pods.map((each) => each.name)]),
            [
                ["CronJob", "nightly", ["a"]],
                ["Rollout", "web", ["b"]],
                ["Pod", "c", ["c"]],
            ],
        );
    });

    it("says of what an agent runs whether its stack has proven it, or who holds it back", () => {
        const evidence = {
            by: "agents",
            agents: ["acme/coder"],
            count: 1,
            soak: "0s",
            checks: [],
            excused: [],
        };
        const proof = (proven: object | undefined, waiting: object | undefined) =>
            parseProof({ schemaVersion: 1, runtimes: { "claude-code": { proven, waiting } } });
        const known = { image: image("1"), release: "v1" };
        const proven = { ...known, provenAt: "2026-06-30T00:00:00.000Z", evidence, earlier: [] };
        const row = (record: ReturnType<typeof proof>) => compare({ proof: record }).rows[0]?.proof;
        assert.deepEqual(row(proof(proven, undefined)), {
            state: "proven",
            at: "2026-06-30T00:00:00.000Z",
            by: ["acme/coder"],
        });
        const waiting = { ...known, why: ["globex/coder: its rollout has not finished"] };
        assert.equal(row(proof(undefined, waiting))?.state, "unproven");
        assert.equal(
            row(proof(undefined, { ...waiting, earliest: "2026-07-02T00:00:00Z" }))?.state,
            "soaking",
        );
        assert.equal(row(undefined), null);
    });
});
