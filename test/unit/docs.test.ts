import assert from "node:assert/strict";
import { profileSchema, profileWords } from "../../config/agent/profileSchema";
import { gateSchema } from "../../config/gate";
import { operatorSchema } from "../../config/operatorSettings";
import type { RawConfig } from "../../config/readProjectConfig";
import { loadStack } from "../../config/loadStack";
import { describeIssues } from "../../lib/text/describeIssues";
import { loadPlatform } from "../../platform/loadPlatform";
import { docExamples } from "../support/docExamples";
import { OrgsDirectory, sampleOrg, settingsOf } from "../support/orgsDirectory";
import { DIGEST_A } from "../support/sampleImages";

/** `config:` of an example as the engine hands it over. */
function configOf(value: Record<string, unknown>): Record<string, string> {
    const config = value["config"] as Record<string, unknown>;
    return Object.fromEntries(Object.entries(config).map(([key, one]) => [key, JSON.stringify(one)]));
}

describe("docs/agents.md", () => {
    const examples = docExamples("agents.md");
    const checkout = new OrgsDirectory();
    after(() => {
        checkout.remove();
    });

    const checks: Readonly<Record<string, (value: Record<string, unknown>) => void>> = {
        "a profile": (value) => {
            const parsed = profileSchema.safeParse(value);
            assert.deepEqual(parsed.success ? [] : describeIssues(parsed.error, value), []);
        },
        "Pulumi.yaml": (value) => {
            checkout.write("Pulumi.yaml", value);
            checkout.write("orgs/dev/acme.yaml", sampleOrg("acme"));
            const { plans } = loadStack(settingsOf(), "dev", checkout.root);
            assert.equal(
                plans.get("acme")?.get("coder")?.origins.get("terminationGracePeriodSeconds")?.file,
                "Pulumi.yaml",
            );
            checkout.delete("Pulumi.yaml");
        },
        "Pulumi.prod.yaml": (value) => {
            checkout.write("orgs/dev/acme.yaml", sampleOrg("acme"));
            loadStack({ ...settingsOf(), ...configOf(value) }, "dev", checkout.root);
        },
        "orgs/prod/acme.yaml": (value) => {
            checkout.write("orgs/dev/acme.yaml", value);
            const { plans } = loadStack(settingsOf(), "dev", checkout.root);
            assert.equal(plans.get("acme")?.get("coder")?.profile.nodeSelector?.["pool"], "acme");
        },
        "platform/Pulumi.prod.yaml": (value) => {
            const runtimes = { "platform-agent": { image: `ghcr.io/genbrain/x@${DIGEST_A}` } };
            loadPlatform(
                {
                    "platform:kubeContext": "prod",
                    "platform:runtimes": JSON.stringify(runtimes),
                    ...configOf(value),
                },
                "prod",
            );
        },
    };

    examples.forEach(({ what, value }, index) => {
        it(`has an example ${index + 1}, ${what}, that is what it says`, () => {
            const check = checks[what];
            assert.ok(check !== undefined, `nobody reads "${what}"`);
            check(value);
        });
    });

    it("shows every word that an agent may say", () => {
        const shown = new Set(examples.flatMap(({ value }) => wordsIn(value)));
        assert.deepEqual(
            Object.keys(profileWords).filter((word) => !shown.has(word)),
            [],
        );
    });
});

describe("docs/rings.md", () => {
    const examples = new Map(docExamples("rings.md").map(({ what, value }) => [what, value]));

    it("has a stack's file that can be read", () => {
        const checkout = new OrgsDirectory();
        checkout.write("orgs/prod/acme.yaml", sampleOrg("acme"));
        const { config } = examples.get("Pulumi.prod.yaml") as { config: RawConfig };
        const { referenceStack } = loadStack(config, "prod", checkout.root).config;
        checkout.remove();
        assert.deepEqual(referenceStack, ["organization/customer-orgs/prod-canary"]);
    });

    it("shows every word that a gate may say", () => {
        const gate = gateSchema.parse(examples.get("the gate of a stack")?.["gate"]);
        assert.deepEqual(Object.keys(gate).sort(), Object.keys(gateSchema.parse({})).sort());
        assert.equal(gate.excused.length + gate.passOn.length + gate.checks.length, 4);
    });
});

describe("docs/operator.md", () => {
    const examples = new Map(docExamples("operator.md").map(({ what, value }) => [what, value]));

    it("has settings that can be read, and shows every word of them but those that say where something else is", () => {
        const { config } = examples.get("Pulumi.yaml") as {
            config: { "customer-orgs:operator": { value: object } };
        };
        const { value } = config["customer-orgs:operator"];
        const parsed = operatorSchema.safeParse(value);
        assert.deepEqual(parsed.success ? [] : describeIssues(parsed.error, value), []);
        const shown = Object.keys(value);
        assert.deepEqual(
            Object.keys(operatorSchema.shape).filter((word) => !shown.includes(word)),
            ["directory", "organization", "env", "notSecret"],
        );
    });
});

function wordsIn(value: unknown): readonly string[] {
    return typeof value !== "object" || value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) => [key, ...wordsIn(inner)]);
}
