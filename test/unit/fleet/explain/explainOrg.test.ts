import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { loadStacks } from "../../../../config/loadStacks";
import { readVetoes } from "../../../../config/vetoes";
import type { ExplainedAgent, Reason } from "../../../../fleet/explain/explanation";
import { explainOrg } from "../../../../fleet/explain/explainOrg";
import { formatExplanation } from "../../../../fleet/explain/formatExplanation";
import { compareFleet } from "../../../../fleet/stale/compareFleet";
import type { FleetFacts, StackFacts } from "../../../../fleet/stale/fleetFacts";
import { findTargets } from "../../../../fleet/stale/stackTargets";
import { parsePinHistory } from "../../../../images/pinHistory";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { parseProof } from "../../../../proof/proofRecord";
import { cluster, deployed } from "../../../support/fleetFacts";
import { deployment, digest, image, pod } from "../../../support/liveObjects";

const NOW = new Date("2026-07-01T12:00:00Z");
const pins = [
    { image: image("2"), release: "v2", promotedAt: "2026-06-21T10:19:30Z" },
    { image: image("1"), release: "v1", promotedAt: "2026-06-01T10:19:30Z" },
];
const PLATFORM = {
    "platform:kubeContext": "test",
    "platform:runtimes": { "claude-code": pins[0] },
};
const STACK = {
    "customer-orgs:referenceStack": "organization/platform/prod",
    "customer-orgs:orgs": "orgs/prod",
    "customer-orgs:kubeContext": "test",
};
const CODER = { name: "coder", runtime: "claude-code", env: { LOG_LEVEL: "info" } };
const ACME = { slug: "acme", displayName: "Acme", agents: [CODER] };
const OVERRIDE = { image: image("1"), owner: "support", reason: "Ticket 4711", expires: "2026-08-01" };

/** What a test says otherwise; the rest is one agent that has been on the pin since it was promoted. */
interface Parts {
    readonly org?: object;
    readonly settings?: object;
    readonly platform?: object;
    readonly vetoes?: readonly object[];
    /** The digit of the digest that was deployed last, and of what runs; `null` where there is none. */
    readonly deployed?: string | null;
    readonly live?: string | null;
    readonly stack?: Partial<StackFacts>;
    readonly others?: readonly StackFacts[];
    readonly agent?: string;
}

describe("fleet explain", () => {
    let root: string;
    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "explain-"));
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });
    const write = (file: string, value: object) => {
        fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        fs.writeFileSync(path.join(root, file), stringify(value));
    };

    async function explain(parts: Parts = {}) {
        write("Pulumi.yaml", { name: "customer-orgs" });
        write("platform/Pulumi.yaml", { name: "platform" });
        write("platform/Pulumi.prod.yaml", { config: { ...PLATFORM, ...parts.platform } });
        write("Pulumi.prod.yaml", { config: { ...STACK, ...parts.settings } });
        write("orgs/prod/acme.yaml", parts.org ?? ACME);
        if (parts.vetoes !== undefined) {
            write("platform/vetoes.yaml", { vetoes: parts.vetoes });
        }
        const { stacks } = loadStacks(root);
        const loaded = stacks.get("prod");
        assert.ok(loaded !== undefined, loadStacks(root).problems.join("\n"));
        const runtimeImages = parseRuntimeImages(
            { schemaVersion: 1, runtimes: { "claude-code": pins[0] } },
            "platform",
        );
        const [was, runs] = [parts.deployed ?? "2", parts.live ?? "2"];
        const agents =
            parts.deployed === null
                ? {}
                : { acme: { coder: { image: image(was), source: "pin", runtime: "claude-code" } } };
        const stack: StackFacts = {
            stack: "prod",
            cluster: "test",
            targets: findTargets(loaded, parts.stack?.pins ?? runtimeImages, NOW),
            deployed: parts.deployed === null ? [] : [deployed({ image: image(was) })],
            outputs: { agents, offboarding: [] },
            pins: runtimeImages,
            history: parsePinHistory({ schemaVersion: 1, runtimes: { "claude-code": pins } }),
            unread: [],
            ...parts.stack,
        };
        const live =
            parts.live === null
                ? cluster([])
                : cluster([deployment({ image: image(runs) })], [pod({ image: image(runs) })]);
        const facts: FleetFacts = {
            stacks: [stack, ...(parts.others ?? [])],
            clusters: [{ context: "test", live, pods: true }],
            vetoes: readVetoes(root).byDigest,
            platformsOf: () => undefined,
            isExcluded: () => false,
            allStacks: true,
            gaps: [],
            now: NOW,
        };
        const report = compareFleet(facts);
        const explanation = await explainOrg({
            root,
            org: "acme",
            agent: parts.agent,
            facts,
            report,
            stacks,
        });
        const [agent] = explanation.agents;
        assert.ok(agent !== undefined);
        return { explanation, agent, text: formatExplanation(explanation) };
    }
    const reason = ({ why }: ExplainedAgent, kind: Reason["kind"]) => why.find((each) => each.kind === kind);
    const at = (found: Reason | undefined) => `${found?.where?.file ?? ""}:${found?.where?.line ?? ""}`;

    it("says of an agent on its pin who pins it, in which line, and what would move it", async () => {
        const { agent, text } = await explain();
        assert.equal(agent.status, "current");
        assert.equal(at(reason(agent, "pin")), "platform/Pulumi.prod.yaml:4");
        assert.equal(agent.next.does, "nothing");
        assert.match(agent.next.unless.join(), /"fleet promote --env prod"/);
        assert.deepEqual(
            agent.history.map(({ release, is }) => [release, is]),
            [
                ["v2", ["pin", "target", "live"]],
                ["v1", []],
            ],
        );
        assert.match(text, /^acme\/coder: current, claude-code$/m);
        assert.match(text, /promoted at 2026-06-21T10:19:30Z\s+\(platform\/Pulumi\.prod\.yaml:4\)$/m);
        assert.match(text, /env\.LOG_LEVEL +"info" +orgs\/prod\/acme\.yaml:7$/m);
        assert.match(text, /replicas +1 +built in$/m);
    });

    it("says of one that is behind from where to where the next update rolls it", async () => {
        const { agent } = await explain({ deployed: "1", live: "1" });
        assert.deepEqual([agent.status, agent.next.does, agent.next.image], ["stale", "rolls", image("2")]);
        assert.equal(agent.next.text, "rolls it from v1 to v2");
        assert.match(agent.next.unless.join(), /"fleet hold acme\/coder"/);
        assert.equal(agent.behind.releases, 1);
    });

    it("names the override that holds it, with owner, reason, day and line", async () => {
        const { agent } = await explain({
            deployed: "1",
            live: "1",
            org: { ...ACME, agents: [{ ...CODER, imageOverride: OVERRIDE }] },
        });
        assert.deepEqual([agent.status, agent.next.does], ["held", "nothing"]);
        const why = reason(agent, "override");
        assert.match(why?.text ?? "", /until 2026-08-01 \(owner "support"\): Ticket 4711/);
        assert.equal(at(why), "orgs/prod/acme.yaml:8");
        assert.match(agent.next.unless.join(), /"fleet unhold acme\/coder".*after 2026-08-01/);
    });

    it("names the nearest of two overrides, and the org's or the stack's where the agent has none", async () => {
        const ofOrg = await explain({
            deployed: "1",
            live: "1",
            org: { ...ACME, imageOverrides: { "claude-code": OVERRIDE } },
        });
        assert.equal(at(reason(ofOrg.agent, "override")), "orgs/prod/acme.yaml:9");
        const ofStack = await explain({
            deployed: "1",
            live: "1",
            settings: { "customer-orgs:imageOverrides": { "claude-code": OVERRIDE } },
        });
        assert.equal(at(reason(ofStack.agent, "override")), "Pulumi.prod.yaml:6");
    });

    it("says who keeps it where it is during a pause, and what the next update keeps it on", async () => {
        const { agent } = await explain({
            deployed: "1",
            live: "1",
            settings: { "customer-orgs:pause": { owner: "ann", reason: "audit", until: "2026-07-03" } },
        });
        assert.equal(agent.next.does, "keeps");
        assert.equal(agent.next.image, image("1"));
        assert.match(
            agent.next.unless.join(),
            /paused until 2026-07-03 by ann: audit.*"fleet unpause --stack prod"/,
        );
        assert.equal(at(reason(agent, "pause")), "Pulumi.prod.yaml:5");
    });

    it("names the freeze window that keeps it, and the broken glass that passes over it", async () => {
        const freeze = [
            {
                rrule: "FREQ=DAILY;BYHOUR=10;BYMINUTE=0",
                duration: "PT4H",
                timezone: "UTC",
                reason: "the demo for the board",
            },
        ];
        const frozen = await explain({
            deployed: "1",
            live: "1",
            settings: { "customer-orgs:freeze": freeze },
        });
        assert.equal(frozen.agent.next.does, "keeps");
        assert.match(reason(frozen.agent, "freeze")?.text ?? "", /frozen until .*: the demo for the board/);
        assert.equal(at(reason(frozen.agent, "freeze")), "Pulumi.prod.yaml:5");
        const breakGlass = { owner: "ann", reason: "CVE", until: "2026-07-03" };
        const broken = await explain({
            deployed: "1",
            live: "1",
            settings: { "customer-orgs:freeze": freeze, "customer-orgs:breakGlass": breakGlass },
        });
        assert.equal(broken.agent.next.does, "rolls");
        assert.match(reason(broken.agent, "break-glass")?.text ?? "", /by ann: CVE/);
    });

    it("says that the next update is refused for everybody, and why, where its target is vetoed", async () => {
        const veto = { digest: digest("2"), reason: "leaks", by: "ann", at: "2026-06-30T10:00:00Z" };
        const { agent } = await explain({ deployed: "1", live: "1", vetoes: [veto] });
        assert.equal(agent.next.does, "refused");
        assert.match(agent.next.text, /refused before anything is changed: .*vetoed by ann.*leaks/);
        assert.match(reason(agent, "veto")?.text ?? "", /^what it should run is forbidden: .*leaks/);
        assert.equal(at(reason(agent, "veto")), "platform/vetoes.yaml:2");
    });

    it("says that a plain update changes nothing where somebody changed what runs, and what does", async () => {
        const { agent } = await explain({ live: "3" });
        assert.deepEqual([agent.status, agent.next.does], ["drifted", "nothing"]);
        assert.match(agent.next.text, /the state has v2 already/);
        assert.match(agent.next.unless.join(), /"pulumi up --refresh --stack prod"/);
    });

    it("says where a newer release waits on its way through the rings", async () => {
        const canary: StackFacts = {
            stack: "canary",
            cluster: "test",
            targets: [],
            deployed: [],
            unread: [],
            proof: parseProof({
                schemaVersion: 1,
                runtimes: {
                    "claude-code": {
                        waiting: {
                            image: image("4"),
                            release: "v4",
                            why: ["its soak of 30m is not over"],
                            earliest: "2026-07-01T12:30:00.000Z",
                        },
                    },
                },
            }),
        };
        write("Pulumi.canary.yaml", { config: { ...STACK, "customer-orgs:orgs": "orgs/canary" } });
        write("orgs/canary/dogfood.yaml", { ...ACME, slug: "dogfood" });
        const { agent } = await explain({
            settings: { "customer-orgs:referenceStack": "organization/customer-orgs/canary" },
            others: [canary],
        });
        const why = reason(agent, "ring");
        assert.match(why?.text ?? "", /"canary".*v4.*soaks until 2026-07-01T12:30:00.000Z.*its soak of 30m/);
        assert.equal(at(why), "Pulumi.prod.yaml:2");
        assert.match(agent.next.unless.join(), /"canary" proves another pin/);
    });

    it("says what the platform's file has besides: a pin that is not deployed, a hold, a release that waits", async () => {
        const hold = { reason: "v3 crashes", by: "ann", since: "2026-06-29T10:00:00Z", badImage: image("3") };
        const { agent } = await explain({
            platform: {
                "platform:runtimes": { "claude-code": { image: image("5"), release: "v5", hold } },
                "platform:queue": {
                    release: "v6",
                    by: "ci",
                    since: "2026-06-30T10:00:00Z",
                    file: "releases/v6.json",
                    publishedAt: "2026-06-30T09:00:00Z",
                },
            },
        });
        assert.match(
            agent.why.map(({ text }) => text).join("\n"),
            /file pins v5, and its stack has not deployed/,
        );
        assert.match(reason(agent, "hold")?.text ?? "", /held since .* by ann: v3 crashes/);
        assert.match(reason(agent, "queue")?.text ?? "", /v6 waits.*queued by ci/);
    });

    it("says of one that was never deployed that the next update creates it, and of one whose org leaves that it goes", async () => {
        const born = await explain({ deployed: null, live: null });
        assert.deepEqual([born.agent.next.does, born.agent.next.image], ["creates", image("2")]);
        const leaving = await explain({
            org: { ...ACME, offboarding: { owner: "ann", reason: "cancelled" } },
        });
        assert.equal(leaving.agent.next.does, "removes");
        assert.equal(at(reason(leaving.agent, "leaves")), "orgs/prod/acme.yaml:8");
    });

    it("does not guess what the next update does where the reference was not read", async () => {
        const { agent } = await explain({ stack: { pins: undefined, targets: undefined, unread: ["x"] } });
        assert.deepEqual([agent.status, agent.next.does], ["unknown", "unknown"]);
        assert.match(agent.next.text, /what organization\/platform\/prod exports was not read/);
    });
});
