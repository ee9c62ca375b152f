import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type WrittenException, isOverdue, judgeExceptions } from "../../../../pins/exceptions/exception";
import { readExemptions } from "../../../../pins/exceptions/readExemptions";
import { type ExceptionsOptions, runExceptions } from "../../../../pins/exceptions/runExceptions";
import type { CommandIo } from "../../../../lib/system/commandIo";
import { OrgsDirectory, sampleOrg } from "../../../support/orgsDirectory";
import { DIGEST_A, DIGEST_B } from "../../../support/sampleImages";

const NOW = new Date("2026-07-01T12:00:00Z");
const image = (digest: string) => `ghcr.io/genbrain/claude-code@${digest}`;
const answerable = (expires: string) => ({ owner: "ann", reason: "Ticket 4711", expires });
const override = (expires: string) => ({ image: image(DIGEST_A), ...answerable(expires) });

describe("judgeExceptions", () => {
    const of = (who: string, until?: string): WrittenException => ({
        kind: "override",
        who,
        by: "ann",
        why: "x",
        where: "f",
        ...(until === undefined ? {} : { until }),
    });
    const states = (...written: readonly WrittenException[]) =>
        judgeExceptions(written, NOW).map(({ who, state, days }) => [who, state, days]);

    it("puts first what has expired for longest, then what has no end, then what ends next", () => {
        assert.deepEqual(
            states(
                of("later", "2026-08-01"),
                of("soon", "2026-07-08"),
                of("endless"),
                of("yesterday", "2026-06-30"),
                of("long ago", "2026-01-01"),
                of("today", "2026-07-01"),
            ),
            [
                ["long ago", "expired", -181],
                ["yesterday", "expired", -1],
                ["endless", "endless", undefined],
                ["today", "ending", 0],
                ["soon", "ending", 7],
                ["later", "standing", 31],
            ],
        );
    });

    it("warns as many days ahead as was asked", () => {
        assert.deepEqual(states({ ...of("a", "2026-07-31"), warnDays: 30 }), [["a", "ending", 30]]);
    });

    it("calls overdue what has expired and what has no end, and nothing else", () => {
        const overdue = (["expired", "endless", "ending", "standing"] as const).filter((state) =>
            isOverdue({ state }),
        );
        assert.deepEqual(overdue, ["expired", "endless"]);
    });
});

describe("fleet exceptions", () => {
    let checkout: OrgsDirectory;
    beforeEach(() => {
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.yaml", { name: "customer-orgs" });
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        pin({});
        stack({});
        checkout.write("orgs/prod/acme.yaml", sampleOrg("acme"));
    });
    afterEach(() => {
        checkout.remove();
    });
    const pin = (more: object, gate: object = {}) => {
        const runtimes = { "claude-code": { image: image(DIGEST_B), ...more } };
        const config = {
            "platform:kubeContext": "prod",
            "platform:runtimes": runtimes,
            "platform:gate": gate,
        };
        checkout.write("platform/Pulumi.prod.yaml", { config });
    };
    const stack = (more: Readonly<Record<string, unknown>>) => {
        checkout.write("Pulumi.prod.yaml", {
            config: {
                "customer-orgs:referenceStack": "organization/platform/prod",
                "customer-orgs:orgs": "orgs/prod",
                "customer-orgs:kubeContext": "prod",
                ...more,
            },
        });
    };
    const run = async (options: ExceptionsOptions = {}) => {
        const lines: string[] = [];
        const errors: string[] = [];
        const io = {
            out: (text: string) => lines.push(text),
            err: (text: string) => errors.push(text),
            summarize: () => undefined,
            now: () => NOW,
        } as unknown as CommandIo;
        const code = await runExceptions({ project: checkout.root, ...options }, io);
        return { code, text: lines.join("\n"), errors };
    };

    it("is content where nobody is off the pin", async () => {
        const { code, text } = await run();
        assert.equal(code, 0);
        assert.match(
            text,
            /^Nobody is on purpose off the pin[\s\S]*expired=0 endless=0 ending=0 standing=0$/,
        );
    });

    it("lists overrides, holds, excuses, passed-on runtimes and exemptions, each with its file", async () => {
        const agents = [{ name: "coder", runtime: "claude-code", imageOverride: override("2026-07-02") }];
        checkout.write("orgs/prod/acme.yaml", sampleOrg("acme", { agents }));
        checkout.write(
            "orgs/prod/globex.yaml",
            sampleOrg("globex", { imageOverrides: { "claude-code": override("2026-08-02") } }),
        );
        stack({
            "customer-orgs:imageOverrides": { "claude-code": override("2026-08-03") },
            "customer-orgs:gate": {
                excused: [{ org: "globex", agent: "coder", ...answerable("2026-08-04") }],
                passOn: [{ runtime: "platform-agent", ...answerable("2026-08-05") }],
            },
        });
        pin({
            hold: { reason: "crashes", by: "bob", since: "2026-06-30T00:00:00Z", badImage: image(DIGEST_A) },
        });
        checkout.write(
            "policy/config/prod.json",
            JSON.stringify({
                "require-immutable-images": {
                    exemptions: [{ repository: "docker.io/library", ...answerable("2026-08-06") }],
                },
                "no-expired-override": "mandatory",
            }),
        );
        const { code, text, errors } = await run({ json: true });
        assert.deepEqual(errors, []);
        assert.equal(code, 0);
        const { exceptions } = JSON.parse(text) as { exceptions: Record<string, unknown>[] };
        assert.deepEqual(
            exceptions.map(({ kind, who, until, state, where }) => [kind, who, until, state, where]),
            [
                ["override", "prod/acme/coder", "2026-07-02", "ending", "orgs/prod/acme.yaml"],
                ["hold", "platform/prod", "2026-07-14", "standing", "platform/Pulumi.prod.yaml"],
                ["override", "prod/globex", "2026-08-02", "standing", "orgs/prod/globex.yaml"],
                ["override", "prod", "2026-08-03", "standing", "Pulumi.prod.yaml"],
                ["excuse", "prod/globex/coder", "2026-08-04", "standing", "Pulumi.prod.yaml"],
                ["pass-on", "prod", "2026-08-05", "standing", "Pulumi.prod.yaml"],
                [
                    "exemption",
                    "require-immutable-images: docker.io/library",
                    "2026-08-06",
                    "standing",
                    "policy/config/prod.json",
                ],
            ],
        );
    });

    it("lists who paused a stack or broke its glass, of customers and of the platform", async () => {
        const until = { owner: "ann", reason: "an incident", until: "2026-07-02" };
        stack({
            "customer-orgs:pause": until,
            "customer-orgs:breakGlass": { ...until, until: "2026-06-30" },
        });
        pin({});
        const file = path.join(checkout.root, "platform/Pulumi.prod.yaml");
        fs.appendFileSync(file, `  platform:pause: ${JSON.stringify(until)}\n`);
        const { code, text } = await run();
        assert.equal(code, 1);
        const rows = text.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4).join(" | "));
        assert.deepEqual(rows.slice(1, 4), [
            "prod | break-glass | expired | 2026-06-30",
            "platform/prod | pause | ending (1 d) | 2026-07-02",
            "prod | pause | ending (1 d) | 2026-07-02",
        ]);
    });

    it("ends with 1 on an expired one, and lists it first", async () => {
        checkout.write(
            "orgs/prod/globex.yaml",
            sampleOrg("globex", { imageOverrides: { "claude-code": override("2026-06-30") } }),
        );
        stack({ "customer-orgs:imageOverrides": { "claude-code": override("2026-07-05") } });
        const { code, text } = await run();
        assert.equal(code, 1);
        assert.match(
            text.split("\n")[1] ?? "",
            /^prod\/globex +override of claude-code +expired +2026-06-30 +ann +Ticket 4711/,
        );
        assert.match(text.split("\n")[2] ?? "", /^prod +override of claude-code +ending \(4 d\)/);
    });

    it("does not list an org that leaves, nor a hold that was released", async () => {
        const offboarding = { owner: "sales", reason: "over" };
        checkout.write(
            "orgs/prod/acme.yaml",
            sampleOrg("acme", { offboarding, imageOverrides: { "claude-code": override("2020-01-01") } }),
        );
        const released = { by: "bob", at: "2026-06-30T01:00:00Z" };
        const since = "2026-06-30T00:00:00Z";
        pin({ hold: { reason: "x", by: "bob", since, badImage: image(DIGEST_A), released } });
        assert.equal((await run()).code, 0);
    });

    it("ends with 2 where a file cannot be read, and says what the others tell", async () => {
        checkout.write(
            "policy/config/prod.json",
            JSON.stringify({
                "require-immutable-images": { exemptions: [{ repository: "x" }] },
            }),
        );
        const { code, errors } = await run();
        assert.equal(code, 2);
        assert.match(errors.join("\n"), /policy\/config\/prod\.json: require-immutable-images/);
        assert.deepEqual(readExemptions(`${checkout.root}/nowhere`), { exemptions: [], problems: [] });
    });
});
