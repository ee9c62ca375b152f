import assert from "node:assert/strict";
import { networkSchema } from "../../../config/network";
import { gateSchema } from "../../../config/gate";
import { readImage } from "../../../images/imageReference";
import { ConfigError } from "../../../lib/text/configError";
import { type LoadedStack, loadStack } from "../../../config/loadStack";
import { OrgsDirectory, sampleOrg, settingsOf } from "../../support/orgsDirectory";

const OVERRIDE = {
    image: `ghcr.io/a/b@sha256:${"a".repeat(64)}`,
    owner: "support",
    reason: "Ticket 4711",
    expires: "2026-12-31",
};
const LAST_RESORT = {
    environment: "development",
    allowMutableLastResort: true,
    lastResortImages: { "claude-code": "ghcr.io/a/b:latest" },
};

describe("loadStack", () => {
    let checkout: OrgsDirectory;
    before(() => {
        checkout = new OrgsDirectory();
        for (const directory of ["dev", "prod", "prod-canary", "production", "products"]) {
            checkout.write(`orgs/${directory}/acme.yaml`, sampleOrg("acme"));
        }
        checkout.write("orgs/production-by-region/eu/acme.yaml", sampleOrg("acme"));
        checkout.write("orgs/bad/acme.yaml", sampleOrg("acme", { quotas: 1 }));
    });
    after(() => {
        checkout.remove();
    });

    const load = (values: object = {}, stack = "dev"): LoadedStack =>
        loadStack(settingsOf({ ...values }), stack, checkout.root);
    const problemsOf = (values: object, stack = "dev"): readonly string[] => {
        try {
            load(values, stack);
            return [];
        } catch (error) {
            assert.ok(error instanceof ConfigError, String(error));
            return error.problems;
        }
    };

    it("fills in what a stack leaves out", () => {
        const { config, orgs } = load();
        assert.deepEqual(config, {
            referenceStack: ["organization/platform/dev"],
            orgs: "orgs/dev",
            kubeContext: "dev",
            environment: "production",
            externalSecrets: {},
            overrides: { maxDays: 90, warnDays: 7, allowOtherRepositories: false },
            imageOverrides: new Map(),
            allowMutableLastResort: false,
            lastResortImages: new Map(),
            gate: gateSchema.parse(undefined),
            freeze: [],
            runtimes: new Map(),
            network: networkSchema.parse(undefined),
            requests: { qps: 200, burst: 400 },
            sidecarRepositories: [],
            defaults: { quota: {}, imagePullSecrets: [] },
        });
        assert.equal(orgs[0]?.slug, "acme");
    });

    describe("with a Pulumi.yaml", () => {
        afterEach(() => {
            checkout.delete("Pulumi.yaml");
        });

        it("merges what Pulumi.yaml says of a runtime with what the stack says, the stack's first, and knows which was which", () => {
            const shared = {
                "claude-code": { replicas: 2, env: { A: "project", B: "project" } },
                other: { replicas: 3 },
            };
            checkout.write("Pulumi.yaml", {
                name: "customer-orgs",
                config: { "customer-orgs:runtimes": { value: shared } },
            });
            const planOf = (values: object) => {
                const { plans } = loadStack(settingsOf({ ...values }), "dev", checkout.root);
                return plans.get("acme")?.get("coder");
            };
            const own = planOf({ runtimes: { "claude-code": { env: { B: "stack" } } } });
            assert.deepEqual(own?.profile.env, { A: "project", B: "stack" });
            assert.equal(own.replicas, 2);
            assert.deepEqual(
                ["env.A", "env.B"].map((path) => own.origins.get(path)?.file),
                ["Pulumi.yaml", "Pulumi.dev.yaml"],
            );
            // The engine hands over the project's where the stack says nothing, its keys in another order.
            const handed = planOf({
                runtimes: { other: shared.other, "claude-code": shared["claude-code"] },
            });
            assert.equal(handed?.origins.get("env.B")?.file, "Pulumi.yaml");
            assert.equal(planOf({})?.replicas, 2);
        });

        it("reports what is wrong in Pulumi.yaml under its name, once", () => {
            const runtimes = { "claude-code": { replica: 2 } };
            checkout.write("Pulumi.yaml", {
                name: "customer-orgs",
                config: { "customer-orgs:runtimes": { value: runtimes } },
            });
            assert.throws(
                () => loadStack(settingsOf({ runtimes }), "dev", checkout.root),
                (error: Error) => {
                    assert.equal(
                        error.message.split("unknown key").length,
                        2,
                        `told once, in:\n${error.message}`,
                    );
                    assert.match(
                        error.message,
                        /Pulumi\.yaml: customer-orgs:runtimes\.claude-code\.replica: unknown/,
                    );
                    return true;
                },
            );
        });
    });

    it("refuses what layers make together, with the place of the value at fault", () => {
        const settings = settingsOf({ runtimes: { "claude-code": { minReadySeconds: 400 } } });
        assert.throws(() => loadStack(settings, "dev", checkout.root), {
            message:
                /Pulumi\.dev\.yaml: customer-orgs:runtimes\.claude-code\.minReadySeconds: 400: expected less than/,
        });
    });

    it("passes over the settings of other packages", () => {
        const settings = { ...settingsOf(), "kubernetes:context": "x", "customer-orgs-2:orgs": "y" };
        assert.equal(loadStack(settings, "dev", checkout.root).config.kubeContext, "dev");
    });

    it("reports the problems of the settings and of all files together", () => {
        assert.deepEqual(
            problemsOf({ orgs: "orgs/bad", kubecontext: "x", imageOverrides: { "claude-code": "y" } }),
            [
                'Pulumi.dev.yaml: customer-orgs:imageOverrides.claude-code: "y": Invalid input: expected object, received string',
                'Pulumi.dev.yaml: customer-orgs:kubecontext: unknown key "kubecontext"',
                'orgs/bad/acme.yaml: quotas: unknown key "quotas"',
            ],
        );
    });

    it("says what a stack without settings lacks", () => {
        assert.deepEqual(
            problemsOf({ referenceStack: undefined, orgs: undefined, kubeContext: undefined }).map((line) =>
                line.slice(0, line.lastIndexOf(": Invalid")),
            ),
            ["referenceStack", "orgs", "kubeContext"].map(
                (key) => `Pulumi.dev.yaml: customer-orgs:${key}: nothing`,
            ),
        );
    });

    it("mends a day that the engine took for a timestamp, wherever it stands", () => {
        const { config } = load({
            imageOverrides: { "claude-code": { ...OVERRIDE, expires: "2026-12-31 00:00:00 +0000 UTC" } },
        });
        assert.equal(config.imageOverrides.get("claude-code")?.expires, "2026-12-31");
    });

    it("does not take a time of day for a day", () => {
        assert.match(
            problemsOf({
                imageOverrides: { "claude-code": { ...OVERRIDE, expires: "2026-12-31 12:00:00 +0000 UTC" } },
            })[0] ?? "",
            /imageOverrides\.claude-code\.expires: "2026-12-31T12:00:00Z": expected a date/,
        );
    });

    describe("a mutable last resort", () => {
        it("is refused without the opt-in", () => {
            assert.deepEqual(problemsOf({ ...LAST_RESORT, allowMutableLastResort: false }), [
                'Pulumi.dev.yaml: customer-orgs:lastResortImages: an object: expected "allowMutableLastResort: true" beside it, or no last resort at all',
            ]);
        });

        it("is accepted with it", () => {
            assert.deepEqual(
                load(LAST_RESORT).config.lastResortImages.get("claude-code"),
                readImage("ghcr.io/a/b:latest"),
            );
        });

        it("must be an image reference", () => {
            assert.match(
                problemsOf({ ...LAST_RESORT, lastResortImages: { "claude-code": "a b" } })[0] ?? "",
                /lastResortImages\.claude-code: "a b": not an image reference: /,
            );
        });

        for (const [environment, stack] of [
            ["production", "eu-prod"],
            ["staging", "dev"],
            [undefined, "dev"],
        ] as const) {
            it(`is refused in a stack that says ${environment ?? "nothing"} of what it is, whatever its name`, () => {
                assert.deepEqual(problemsOf({ ...LAST_RESORT, environment }, stack), [
                    `Pulumi.${stack}.yaml: customer-orgs:allowMutableLastResort: true: refused in ${environment ?? "production"}; expected a pin for every runtime in the reference stack, or "environment: development" beside it`,
                ]);
                assert.deepEqual(problemsOf({ environment }, stack), []);
            });
        }

        it("is accepted in a stack that says that it is for development, whatever its name and directory", () => {
            assert.deepEqual(problemsOf({ ...LAST_RESORT, orgs: "orgs/prod" }, "prod"), []);
        });
    });

    it("refuses a kind of environment that there is not", () => {
        assert.match(problemsOf({ environment: "prod" })[0] ?? "", /environment: "prod": /);
    });

    it("reads one reference or several", () => {
        assert.deepEqual(load({ referenceStack: ["eu", "o/customer-orgs/us"] }).config.referenceStack, [
            "eu",
            "o/customer-orgs/us",
        ]);
    });

    const refused: [string, object, RegExp][] = [
        [
            "a context without a name",
            { kubeContext: "" },
            /kubeContext: "": expected the name of a kubeconfig context/,
        ],
        [
            "a reference that is no stack",
            { referenceStack: "https://x" },
            /referenceStack: "https:\/\/x": expected a stack/,
        ],
        [
            "a reference of four parts",
            { referenceStack: "a/b/c/d" },
            /referenceStack: "a\/b\/c\/d": expected a stack/,
        ],
        [
            "a list with a reference that is no stack",
            { referenceStack: ["eu", "a/b/c/d"] },
            /referenceStack: ".*": "a\/b\/c\/d" in it: expected a stack/,
        ],
        [
            "a list that names a stack twice",
            { referenceStack: ["eu", "eu"] },
            /referenceStack: .*expected at least one stack, and each once/,
        ],
        [
            "an empty list of references",
            { referenceStack: [] },
            /referenceStack: .*expected at least one stack/,
        ],
        ["orgs that are nowhere", { orgs: "" }, /orgs: "": expected a directory, such as "orgs\/prod"/],
        [
            "a default that is unknown",
            { defaults: { replica: 1 } },
            /defaults\.replica: unknown key "replica"/,
        ],
        ["settings that are no JSON", { defaults: "{replicas: 1" }, /defaults: "\{replicas: 1": /],
        [
            "the key __proto__",
            { defaults: '{"__proto__":{"replicas":5}}' },
            /customer-orgs:defaults: the key "__proto__" is not allowed/,
        ],
        [
            "a boot gate's relative path",
            { runtimes: { a: { bootGate: ["opt/x"] } } },
            /runtimes\.a\.bootGate\[0\]: "opt\/x": expected an absolute path/,
        ],
        [
            "a boot gate's way up",
            { runtimes: { a: { bootGate: ["/opt/../x"] } } },
            /runtimes\.a\.bootGate\[0\]: "\/opt\/\.\.\/x": expected a path without "\.\."/,
        ],
        [
            "a boot gate with shell in it",
            { runtimes: { a: { bootGate: ["/opt/$(id)"] } } },
            /runtimes\.a\.bootGate\[0\]: .*expected an absolute path/,
        ],
        [
            "boot gates in their old place, and says where they are now",
            { bootGates: { a: ["/opt/x"] } },
            /bootGates: an object: this has moved; expected it under "customer-orgs:runtimes\.<runtime>\.bootGate"/,
        ],
        [
            "an override's unknown key",
            { imageOverrides: { a: { ...OVERRIDE, x: 1 } } },
            /imageOverrides\.a\.x: unknown key "x"/,
        ],
        [
            "a mutable override",
            { imageOverrides: { a: { ...OVERRIDE, image: "a/b:latest" } } },
            /imageOverrides\.a\.image: "a\/b:latest": the tag "latest"/,
        ],
        [
            "a deadline that is too short",
            { defaults: { progressDeadlineSeconds: 1 } },
            /defaults\.progressDeadlineSeconds: 1: /,
        ],
    ];
    for (const [what, values, message] of refused) {
        it(`refuses ${what}`, () => {
            const [problem] = problemsOf(values);
            assert.match(problem ?? "", /^Pulumi\.dev\.yaml: customer-orgs:/);
            assert.match(problem ?? "", message);
        });
    }

    it("refuses the content of a kubeconfig, and does not echo it", () => {
        for (const kubeconfig of [
            "apiVersion: v1\nusers: [{user: {token: hunter2}}]",
            '{"token":"hunter2"}',
        ]) {
            const [problem, ...more] = problemsOf({ kubeconfig });
            assert.match(
                problem ?? "",
                /kubeconfig: \(a value that is not shown\): expected a path, not the content/,
            );
            assert.deepEqual(more, []);
        }
    });

    it("refuses __proto__ as a setting's name too, and leaves the prototype of all objects alone", () => {
        const settings = { ...settingsOf(), "customer-orgs:__proto__": '{"polluted":true}' };
        assert.throws(() => loadStack(settings, "dev", checkout.root), {
            message: /Pulumi\.dev\.yaml: customer-orgs:__proto__: the key "__proto__" is not allowed/,
        });
        assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });
});
