import assert from "node:assert/strict";
import { parsePinHistory } from "../../../../images/pinHistory";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { cluster, compare, deployed, judged, target } from "../../../support/fleetFacts";
import { deployment, digest, image, pod } from "../../../support/liveObjects";

describe("compareFleet", () => {
    it("calls an agent current whose target, deployment, Deployment and pods agree", () => {
        const { rows } = compare({});
        assert.deepEqual(rows[0]?.notes, []);
        assert.equal(rows[0].status, "current");
        assert.deepEqual(rows[0].running, [{ digest: digest("1"), pods: 1, ready: 1 }]);
    });

    for (const { what, facts, status, note } of [
        {
            what: "stale when the pin has moved since it was deployed",
            facts: { targets: [target({ image: image("2") })] },
            status: "stale",
        },
        {
            what: "drifted when the live image is not the deployed one",
            facts: { live: cluster([deployment({ image: image("3") })]) },
            status: "drifted",
        },
        {
            what: "drifted when the pods run another digest than the Deployment says",
            facts: { live: cluster([deployment()], [pod({ imageID: image("4") })]) },
            status: "drifted",
            note: /pods run sha256:4/,
        },
        {
            what: "mutable when the live image is a tag",
            facts: { live: cluster([deployment({ image: "ghcr.io/genbrain/claude-code:latest" })]) },
            status: "mutable",
            note: /"latest" can be moved/,
        },
        {
            what: "held on an override",
            facts: {
                targets: [
                    target({ source: "org-override", override: { expires: "2026-12-31", owner: "support" } }),
                ],
            },
            status: "held",
        },
        {
            what: "stale, not held, when the override's image was not deployed yet",
            facts: {
                targets: [
                    target({
                        image: image("2"),
                        source: "org-override",
                        override: { expires: "2026-12-31" },
                    }),
                ],
            },
            status: "stale",
        },
        {
            what: "rolling while old pods are left",
            facts: { live: cluster([deployment()], [pod(), pod({ image: image("0"), name: "old" })]) },
            status: "rolling",
        },
        {
            what: "rolling while the controller has not seen the new template",
            facts: { live: cluster([deployment({ metadata: { generation: 2 } })]) },
            status: "rolling",
        },
        {
            what: "failing with the pod's reason",
            facts: { live: cluster([deployment()], [pod({ waiting: "ImagePullBackOff", imageID: "" })]) },
            status: "failing",
            note: /ImagePullBackOff in container "agent".*no such manifest/,
        },
        {
            what: "failing when the rollout made no progress",
            facts: {
                live: cluster([
                    deployment({
                        status: {
                            conditions: [
                                { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" },
                            ],
                        },
                    }),
                ]),
            },
            status: "failing",
            note: /ProgressDeadlineExceeded/,
        },
        { what: "missing when it is gone from the cluster", facts: { live: cluster([]) }, status: "missing" },
        {
            what: "stale when its file has gone but it is still deployed",
            facts: { targets: [] },
            status: "stale",
            note: /next update removes it/,
        },
        {
            what: "stale, with the reason, when nobody can say what it should run",
            facts: {
                targets: [{ ...target(), chosen: { ok: false as const, problem: "it has no pin" } }],
            },
            status: "stale",
            note: /it has no pin/,
        },
        {
            what: "expired when the last day of its override has passed",
            facts: {
                targets: [
                    target({ source: "org-override", override: { expires: "2020-12-31", owner: "support" } }),
                ],
            },
            status: "expired",
            note: /its override expired on "2020-12-31" \(owner "support"\)/,
        },
        {
            what: "expired by what was deployed alone, where no file was read",
            facts: {
                targets: undefined,
                deployed: [{ ...deployed(), heldUntil: "2020-12-31", heldBy: "support" }],
            },
            status: "expired",
        },
        {
            what: "unmanaged when no stack deployed it",
            facts: { targets: [], deployed: [], live: cluster([deployment({ managed: false })]) },
            status: "unmanaged",
        },
        {
            what: "unmanaged when a file asks for what somebody made by hand",
            facts: { deployed: [], live: cluster([deployment({ managed: false })]) },
            status: "unmanaged",
            note: /"pulumi up" of prod would fail/,
        },
        {
            what: "not missing without a cluster",
            facts: { live: undefined },
            status: "current",
        },
        {
            what: "stale without a cluster",
            facts: { live: undefined, targets: [target({ image: image("2") })] },
            status: "stale",
        },
        {
            what: "drifted without targets",
            facts: {
                targets: undefined,
                live: cluster([deployment({ image: image("3") })]),
            },
            status: "drifted",
        },
        {
            what: "never current on an image that cannot be read, though all say the same",
            facts: {
                deployed: [deployed({ image: "ghcr.io/Acme/x:1234567" })],
                live: cluster([deployment({ image: "ghcr.io/Acme/x:1234567" })]),
            },
            status: "mutable",
            note: /runs "ghcr.io\/Acme\/x:1234567": .*upper-case/,
        },
        {
            what: "on its last resort, whose tag may have moved, current",
            facts: {
                targets: [target({ image: "ghcr.io/genbrain/claude-code:latest", source: "last-resort" })],
            },
            status: "current",
        },
    ]) {
        it(`calls an agent ${what}`, () => {
            const answer = judged(facts);
            assert.equal(answer.status, status, answer.notes);
            if (note !== undefined) {
                assert.match(answer.notes, note);
            }
        });
    }

    it("shows the break-glass reason while the live image is the one that was set, and not afterwards", () => {
        const breakGlass = { image: image("3"), reason: "CVE", by: "ann", at: "2026-06-30T00:00:00Z" };
        const annotations = { "customer-orgs/break-glass": JSON.stringify(breakGlass) };
        const during = compare({ live: cluster([deployment({ image: image("3"), annotations })]) }).rows[0];
        assert.deepEqual(during?.breakGlass, breakGlass);
        assert.equal(during.status, "drifted");
        const after = compare({ live: cluster([deployment({ annotations })]) }).rows[0];
        assert.equal(after?.breakGlass, null);
        assert.equal(after.status, "current");
        const caughtUp = compare({
            targets: [target({ image: image("3") })],
            deployed: [deployed({ image: image("3") })],
            live: cluster([deployment({ image: image("3"), annotations })]),
        }).rows[0];
        assert.deepEqual([caughtUp?.status, caughtUp?.breakGlass], ["current", null]);
        const broken = { "customer-orgs/break-glass": "{" };
        assert.equal(
            compare({ live: cluster([deployment({ annotations: broken })]) }).rows[0]?.breakGlass,
            null,
        );
    });

    it("names an org namespace without agents that no stack owns, and leaves a managed empty one alone", () => {
        const live = cluster([], [], {
            namespaces: [
                { name: "org-ghost", uid: "g", labels: {}, deleting: false },
                {
                    name: "org-quiet",
                    uid: "q",
                    labels: {
                        "app.kubernetes.io/managed-by": "pulumi",
                        "app.kubernetes.io/part-of": "customer-orgs",
                    },
                    deleting: false,
                },
            ],
        });
        const { rows } = compare({ targets: [], deployed: [], live });
        assert.deepEqual(
            rows.map(({ namespace, agent, status }) => [namespace, agent, status]),
            [["org-ghost", null, "unmanaged"]],
        );
    });

    it("does not call another stack's agents unmanaged, and says that they were left out", () => {
        const other = deployment({ org: "other" });
        const { rows, gaps } = compare({ live: cluster([deployment(), other], [pod()]) });
        assert.deepEqual(
            rows.map(({ org }) => org),
            ["acme"],
        );
        assert.match(gaps[0]?.message ?? "", /org-other.*--stack/);
    });

    it("counts releases and days behind by the history of pins, for what really runs", () => {
        const history = parsePinHistory({
            schemaVersion: 1,
            runtimes: {
                "claude-code": [
                    { image: image("3"), release: "v3", promotedAt: "2026-06-30T12:00:00Z" },
                    { image: image("2"), release: "v2", promotedAt: "2026-06-21T10:00:00Z" },
                    { image: image("1"), release: "v1", promotedAt: "2026-06-01T10:00:00Z" },
                ],
            },
        });
        const behind = (live: string) =>
            compare({ history, live: cluster([deployment({ image: live })]) }).rows[0]?.behind;
        assert.deepEqual(behind(image("1")), { releases: 2, days: 10 });
        assert.deepEqual(behind(image("2")), { releases: 1, days: 1 });
        assert.deepEqual(behind(image("3")), { releases: 0, days: 0 });
        assert.deepEqual(behind(image("9")), { releases: null, days: null });
    });

    it("counts a pin that was promoted twice as one release, and names the release that runs", () => {
        const history = parsePinHistory({
            schemaVersion: 1,
            runtimes: {
                "claude-code": [
                    { image: image("2"), release: "v2", promotedAt: "2026-06-30T12:00:00Z" },
                    { image: image("2"), release: "v2", promotedAt: "2026-06-21T12:00:00Z" },
                    { image: image("1"), release: "v1" },
                ],
            },
        });
        const row = compare({ history, targets: [target({ image: image("2") })] }).rows[0];
        assert.deepEqual(row?.behind, { releases: 1, days: 10 });
        assert.equal(row.release, "v1");
        const unknown = compare({ history, live: cluster([deployment({ image: image("9") })]) }).rows[0];
        assert.equal(unknown?.release, null);
    });

    it("is not troubled by a history that is none", () => {
        for (const odd of [
            undefined,
            null,
            {},
            { schemaVersion: 2, runtimes: {} },
            { schemaVersion: 1 },
            "x",
        ]) {
            assert.equal(parsePinHistory(odd), undefined);
        }
        const kept = parsePinHistory({
            schemaVersion: 1,
            runtimes: { a: [{ image: 1 }, { image: "x", release: "v1" }] },
        });
        assert.equal(kept?.get("a")?.length, 2, "a pin that cannot be read keeps its place");
    });

    it("compares unmanaged agents with the pin of their label's or repository's runtime", () => {
        const pins = parseRuntimeImages(
            { schemaVersion: 1, runtimes: { "claude-code": { image: image("5"), release: "v5" } } },
            "platform",
        );
        const row = (labels: Record<string, string>, live: string) =>
            compare({
                targets: [],
                deployed: [],
                pins,
                live: cluster([deployment({ managed: false, labels, image: live })]),
            }).rows[0];
        assert.equal(row({}, "ghcr.io/genbrain/claude-code:latest")?.target?.image, image("5"));
        assert.equal(row({ "customer-orgs/runtime": "claude-code" }, "agent:latest")?.runtime, "claude-code");
        assert.equal(row({}, "agent:latest")?.runtime, null);
        assert.equal(row({}, "agent:latest")?.target, null);
    });

    it("sorts the worst first", () => {
        const { rows } = compare({
            targets: [target(), { ...target(), org: "gone" }],
            deployed: [deployed(), deployed({ org: "gone" })],
            live: cluster([deployment(), deployment({ org: "hand", managed: false })], [pod()]),
        });
        assert.deepEqual(
            rows.map(({ status }) => status),
            ["missing", "unmanaged", "current"],
        );
    });
});
