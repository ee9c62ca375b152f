import assert from "node:assert/strict";
import fc from "fast-check";
import {
    type ImageChoice,
    type ImageQuestion,
    type ImageSource,
    chooseImage,
} from "../../../images/chooseImage";
import { type ImageReference, formatImageReference, readImage } from "../../../images/imageReference";
import type { RuntimeImages } from "../../../images/runtimeImages";
import type { ImageOverride } from "../../../images/imageOverride";
import { DIGEST_A, DIGEST_C, PINS } from "../../support/sampleImages";

const NOW = new Date("2026-07-01T12:00:00Z");

function override(image: string, expires = "2026-12-31"): ImageOverride {
    return { image: readImage(image) as ImageReference, owner: "support", reason: "Ticket 4711", expires };
}

interface Parts {
    runtime?: string;
    agentOverride?: ImageOverride;
    orgOverride?: ImageOverride;
    stackOverride?: ImageOverride;
    lastResort?: string;
    pins?: RuntimeImages;
    now?: Date;
    deployed?: ImageQuestion["deployed"];
    overrides?: ImageQuestion["stack"]["overrides"];
}

function question(parts: Parts = {}): ImageQuestion {
    const { runtime = "claude-code", agentOverride, orgOverride, stackOverride, lastResort } = parts;
    const one = <T>(value: T | undefined) => new Map(value === undefined ? [] : [[runtime, value]]);
    return {
        org: { slug: "acme", imageOverrides: one(orgOverride) },
        agent: { name: "coder", runtime, imageOverride: agentOverride },
        stack: {
            referenceStack: ["organization/platform/prod"],
            imageOverrides: one(stackOverride),
            lastResortImages: one(
                lastResort === undefined ? undefined : (readImage(lastResort) as ImageReference),
            ),
            overrides: parts.overrides ?? { maxDays: 365, allowOtherRepositories: true },
        },
        deployed: parts.deployed,
        pins: parts.pins ?? PINS,
        now: parts.now ?? NOW,
    };
}

function choose(parts: Parts): ImageChoice {
    const answer = chooseImage(question(parts));
    assert.ok(answer.ok, answer.ok ? "" : answer.problem);
    return answer.choice;
}

function refuse(parts: Parts): string {
    const answer = chooseImage(question(parts));
    assert.ok(!answer.ok, "expected no image to be chosen");
    return answer.problem;
}

describe("chooseImage: the seed's image precedence", () => {
    it("CUSTOMER_AGENT_IMAGE, the stack's override, wins over the platform's pin", () => {
        const stackOverride = override(`ghcr.io/genbrain/claude-code@${DIGEST_C}`);
        const { image, source, release } = choose({ stackOverride });
        assert.deepEqual([image.digest, source, release], [DIGEST_C, "stack-override", undefined]);
    });

    it("takes the platform's pin, with its release, when there is no override", () => {
        const { image, source, release } = choose({ lastResort: "ghcr.io/genbrain/claude-code:latest" });
        assert.deepEqual([image, source, release], [PINS.get("claude-code")?.image, "pin", "v2"]);
    });

    it("takes a mutable last resort only when nothing else is there and the stack opted in, and marks it", () => {
        const lastResort = "ghcr.io/genbrain/new-runtime:latest";
        const { image, source, release } = choose({ runtime: "new-runtime", lastResort });
        assert.deepEqual(
            [formatImageReference(image), source, release],
            [lastResort, "last-resort", undefined],
        );
        assert.match(refuse({ runtime: "new-runtime" }), /the runtime "new-runtime" has no pin/);
    });
});

describe("chooseImage", () => {
    it("takes the nearest override: agent's before org's before stack's", () => {
        const all = {
            agentOverride: override("a.example/x:123456a"),
            orgOverride: override("o.example/x:123456a"),
            stackOverride: override("s.example/x:123456a"),
        };
        assert.deepEqual(
            [all, { ...all, agentOverride: undefined }].map((parts) => choose(parts).image.registry),
            ["a.example", "o.example"],
        );
    });

    it("hands on the override that it took, and keeps its git-SHA tag for whoever resolves it", () => {
        const orgOverride = override("ghcr.io/genbrain/claude-code:sha-1234567");
        const choice = choose({ orgOverride });
        assert.equal(choice.override, orgOverride);
        assert.equal(choice.image.tag, "sha-1234567");
        assert.equal(choice.image.digest, undefined);
    });

    const places: [keyof Parts, RegExp][] = [
        ["agentOverride", /override of agent "coder" of org "acme" expired/],
        ["orgOverride", /override of org "acme" expired/],
        ["stackOverride", /override of the stack's config expired/],
    ];
    for (const [place, message] of places) {
        it(`stays on an expired ${place}, and says so with date, owner and reason`, () => {
            const choice = choose({ [place]: override("ghcr.io/a/b:123456a", "2026-06-30") });
            assert.equal(formatImageReference(choice.image), "ghcr.io/a/b:123456a");
            const problem = choice.expired ?? "";
            assert.match(problem, message);
            for (const part of [
                '"2026-06-30"',
                'owner "support"',
                'reason "Ticket 4711"',
                "renew the date",
            ]) {
                assert.ok(problem.includes(part), `${part} is not in ${problem}`);
            }
        });
    }

    it("holds an override on the whole of its last day in UTC, and not a millisecond longer", () => {
        const orgOverride = override("ghcr.io/a/b:123456a", "2026-07-01");
        assert.equal(
            choose({ orgOverride, now: new Date("2026-07-01T23:59:59.999Z") }).source,
            "org-override",
        );
        assert.equal(choose({ orgOverride, now: new Date("2026-07-01T23:59:59.999Z") }).expired, undefined);
        assert.match(choose({ orgOverride, now: new Date("2026-07-02T00:00:00Z") }).expired ?? "", /expired/);
    });

    it("keeps what an expired override has deployed, and deploys with none that has expired before it was", () => {
        const orgOverride = override(`ghcr.io/genbrain/claude-code@${DIGEST_C}`, "2026-06-30");
        const parts = (image: string | undefined) => ({ orgOverride, deployed: () => image });
        const running = `ghcr.io/genbrain/claude-code@${DIGEST_C}`;
        assert.match(choose(parts(running)).expired ?? "", /expired on "2026-06-30"/);
        for (const other of [undefined, `ghcr.io/genbrain/claude-code@${DIGEST_A}`, "no image"]) {
            assert.match(
                refuse(parts(other)),
                /it was never deployed, and expected a last day that has not passed/,
            );
        }
        const tagged = override("ghcr.io/a/b:123456a", "2026-06-30");
        const resolved = () => `ghcr.io/a/b:123456a@${DIGEST_A}`;
        assert.ok(choose({ orgOverride: tagged, deployed: resolved }).expired !== undefined);
    });

    it("refuses a last day that is further ahead than the stack allows", () => {
        const overrides = { maxDays: 90, allowOtherRepositories: true };
        const until = (expires: string) => ({
            overrides,
            orgOverride: override("ghcr.io/a/b:123456a", expires),
        });
        assert.equal(choose(until("2026-09-29")).source, "org-override");
        for (const expires of ["2026-09-30", "9999-12-31"]) {
            assert.match(
                refuse(until(expires)),
                new RegExp(
                    `expires on "${expires}", in \\d+ days; expected at most 90 days \\(overrides\\.maxDays`,
                ),
            );
        }
    });

    it("refuses another repository than the pin's, unless the stack allows it or it is deployed already", () => {
        const overrides = { maxDays: 365, allowOtherRepositories: false };
        const orgOverride = override(`evil.example/claude-code@${DIGEST_C}`);
        assert.match(
            refuse({ overrides, orgOverride }),
            /is of another repository than its runtime's pin; expected "ghcr\.io\/genbrain\/claude-code"/,
        );
        assert.equal(choose({ orgOverride }).source, "org-override");
        const own = override(`ghcr.io/genbrain/claude-code@${DIGEST_C}`);
        assert.equal(choose({ overrides, orgOverride: own }).source, "org-override");
        const deployed = () => `evil.example/claude-code@${DIGEST_C}`;
        assert.equal(choose({ overrides, orgOverride, deployed }).source, "org-override");
        assert.match(refuse({ overrides, orgOverride, deployed: () => undefined }), /another repository/);
    });

    for (const image of ["ghcr.io/a/b:latest", "ghcr.io/a/b", "ghcr.io/a/b:v1", "not an image", ""]) {
        it(`refuses an override to "${image}", even where a schema was not asked`, () => {
            assert.match(
                refuse({ agentOverride: override(image) }),
                /the image override ".*" of agent "coder"/,
            );
        });
    }

    it("says what the reference pins, where the pin is missing and what to do", () => {
        const problem = refuse({ runtime: "claude" });
        assert.match(
            problem,
            /the runtime "claude" has no pin in the reference stack "organization\/platform\/prod"/,
        );
        assert.match(problem, /it pins "claude-code", "platform-agent"/);
        assert.match(problem, /orgs\/…\/acme\.yaml/);
        assert.match(refuse({ pins: new Map() }), /it pins nothing/);
    });

    const STATES = ["absent", "valid", "expired", "mutable"] as const;
    const BOTH = [true, false];
    const COMBINATIONS = STATES.flatMap((agent) =>
        STATES.flatMap((org) =>
            STATES.flatMap((stack) =>
                BOTH.flatMap((pin) => BOTH.map((last) => ({ agent, org, stack, pin, last }))),
            ),
        ),
    );
    const held = (kind: string, host: string) =>
        kind === "absent"
            ? undefined
            : override(
                  `${host}.example/app:${kind === "mutable" ? "latest" : "123456a"}`,
                  kind === "expired" ? "2026-06-30" : "2026-07-01",
              );

    it("for every combination takes the nearest that is there, and fails when that one is mutable", () => {
        for (const combination of COMBINATIONS) {
            const { agent, org, stack, pin, last } = combination;
            const answer = chooseImage(
                question({
                    runtime: pin ? "claude-code" : "unpinned",
                    agentOverride: held(agent, "agent"),
                    orgOverride: held(org, "org"),
                    stackOverride: held(stack, "stack"),
                    lastResort: last ? "last.example/app:latest" : undefined,
                }),
            );
            const nearest = (
                [
                    [agent, "agent-override"],
                    [org, "org-override"],
                    [stack, "stack-override"],
                    [pin ? "valid" : "absent", "pin"],
                    [last ? "valid" : "absent", "last-resort"],
                ] as const
            ).find(([kind]) => kind !== "absent");
            const expected: ImageSource | undefined =
                nearest === undefined || nearest[0] === "mutable" ? undefined : nearest[1];
            assert.equal(answer.ok ? answer.choice.source : undefined, expected, JSON.stringify(combination));
            if (answer.ok) {
                const { choice } = answer;
                assert.equal(choice.override !== undefined, choice.source.endsWith("-override"));
                assert.equal(choice.release !== undefined, choice.source === "pin");
                assert.equal(choice.expired !== undefined, nearest?.[0] === "expired");
            }
        }
        assert.equal(COMBINATIONS.length, 256);
    });

    it("never throws, whatever the text of overrides, runtimes and last resorts, and says whom it concerns", () => {
        const anyOverride = fc.option(
            fc.record({
                image: fc.string().map((text) => readImage(text) as ImageReference),
                owner: fc.string(),
                reason: fc.string(),
                expires: fc.string(),
            }),
            { nil: undefined },
        );
        fc.assert(
            fc.property(
                anyOverride,
                anyOverride,
                anyOverride,
                fc.option(fc.string(), { nil: undefined }),
                fc.oneof(fc.string(), fc.constantFrom("constructor", "__proto__", "claude-code")),
                (agentOverride, orgOverride, stackOverride, lastResort, runtime) => {
                    const answer = chooseImage(
                        question({ agentOverride, orgOverride, stackOverride, lastResort, runtime }),
                    );
                    assert.ok(answer.ok || answer.problem.startsWith('org "acme", agent "coder": '));
                },
            ),
        );
    });
});
