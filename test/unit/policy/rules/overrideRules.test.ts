import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { noExpiredOverride } from "../../../../policy/rules/noExpiredOverride";
import { noMutableLastResort } from "../../../../policy/rules/noMutableLastResort";
import { findingsOf, kindsOf } from "../../../support/policy/findingsOf";

const deployment = (annotations: Readonly<Record<string, string>>) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
        name: "agent-main",
        namespace: "org-acme",
        annotations: Object.fromEntries(
            Object.entries(annotations).map(([key, value]) => [`customer-orgs/${key}`, value]),
        ),
    },
});

const OVERRIDE = {
    "image-source": "agent-override",
    "override-owner": "team-a",
    "override-reason": "waits for a fix",
    "override-expires": "2026-06-21",
};

describe("no-expired-override", () => {
    it("accepts an override to the end of its last day", () => {
        assert.deepEqual(findingsOf(noExpiredOverride, [deployment(OVERRIDE)]), []);
    });

    it("refuses it the day after, and names owner and reason", () => {
        const [finding, ...rest] = findingsOf(noExpiredOverride, [
            deployment({ ...OVERRIDE, "override-expires": "2026-06-20" }),
        ]);
        assert.deepEqual(rest, []);
        assert.equal(finding?.kind, "violation");
        assert.match(finding.summary, /expired on "2026-06-20"/);
        assert.match(finding.why ?? "", /"team-a".*"waits for a fix"/);
    });

    it("says the same of an update, and does not stop it: the agent stays as it is, and all others go", () => {
        const kinds = (annotations: Readonly<Record<string, string>>) =>
            findingsOf(noExpiredOverride, [deployment(annotations)], {}, { deploying: true }).map(
                ({ kind }) => kind,
            );
        assert.deepEqual(kinds({ ...OVERRIDE, "override-expires": "2026-06-20" }), ["advice"]);
        assert.deepEqual([...new Set(kinds({ "image-source": "org-override" }))], ["violation"]);
    });

    it("refuses an override without owner, reason or last day, all in one run", () => {
        const bare = { "image-source": "org-override", "override-reason": " " };
        assert.deepEqual(
            findingsOf(noExpiredOverride, [deployment(bare)]).map(({ path }) => path),
            ["owner", "reason", "expires"].map(
                (key) => `metadata.annotations["customer-orgs/override-${key}"]`,
            ),
        );
    });

    it("refuses a last day that is no date", () => {
        for (const expires of ["soon", "2026-02-30", "21.06.2026", "2999"]) {
            assert.deepEqual(
                kindsOf(noExpiredOverride, [deployment({ ...OVERRIDE, "override-expires": expires })]),
                ["violation"],
                expires,
            );
        }
    });

    it("sees an expired override that no longer says that it is one", () => {
        const rest = Object.fromEntries(Object.entries(OVERRIDE).filter(([key]) => key !== "image-source"));
        assert.deepEqual(
            kindsOf(noExpiredOverride, [deployment({ ...rest, "override-expires": "2020-01-01" })]),
            ["violation"],
        );
    });

    it("says nothing about what follows the pin", () => {
        assert.deepEqual(
            findingsOf(noExpiredOverride, [
                deployment({ "image-source": "pin", release: "v1" }),
                deployment({}),
            ]),
            [],
        );
    });
});

describe("no-mutable-last-resort", () => {
    it("refuses a last resort, by its source or by what it was resolved from", () => {
        const [finding] = findingsOf(noMutableLastResort, [
            deployment({ "image-source": "last-resort", "last-resort-of": "agent:latest" }),
        ]);
        assert.equal(finding?.kind, "violation");
        assert.match(finding.summary, /"agent:latest"/);
        assert.deepEqual(kindsOf(noMutableLastResort, [deployment({ "last-resort-of": "agent:latest" })]), [
            "violation",
        ]);
    });

    it("says nothing about pins and overrides", () => {
        assert.deepEqual(
            findingsOf(noMutableLastResort, [
                deployment({ "image-source": "pin" }),
                deployment(OVERRIDE),
                deployment({}),
            ]),
            [],
        );
    });

    it("only says so in a pack for development, and refuses in one that does not say what it is for", () => {
        const kinds = (config: Readonly<Record<string, unknown>>) =>
            kindsOf(noMutableLastResort, [deployment({ "image-source": "last-resort" })], config);
        assert.deepEqual(kinds({ environment: "development" }), ["advice"]);
        assert.deepEqual(kinds({ environment: "staging" }), ["violation"]);
        assert.deepEqual(kinds({}), ["violation"]);
        assert.throws(() => kinds({ environment: "dev" }), /environment/);
    });
});
