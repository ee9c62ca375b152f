import assert from "node:assert/strict";
import { formatRuntimeImages } from "../../../images/runtimeImages";
import { type RenderStackOptions, renderStack } from "../../../engine/renderStack";
import { OrgsDirectory, sampleOrg } from "../../support/orgsDirectory";
import { DIGEST_A, DIGEST_B, PINS } from "../../support/sampleImages";

const NOW = new Date("2026-07-01T00:00:00Z");
const PIN = `ghcr.io/genbrain/claude-code@${DIGEST_B}`;

describe("renderStack", () => {
    let checkout: OrgsDirectory;
    beforeEach(() => {
        checkout = new OrgsDirectory();
        checkout.write("orgs/dev/acme.yaml", sampleOrg("acme"));
        platform("dev", { image: PIN, release: "v3" });
        ring("dev", "organization/platform/dev");
    });
    afterEach(() => {
        checkout.remove();
    });

    const ring = (stack: string, referenceStack: string | undefined) => {
        const settings = { "customer-orgs:orgs": "orgs/dev", "customer-orgs:kubeContext": "dev" };
        const reference =
            referenceStack === undefined ? {} : { "customer-orgs:referenceStack": referenceStack };
        checkout.write(`Pulumi.${stack}.yaml`, { config: { ...settings, ...reference } });
    };
    const platform = (stack: string, pin: object, agents: readonly object[] = []) => {
        checkout.write(`platform/Pulumi.${stack}.yaml`, {
            config: {
                "platform:kubeContext": "dev",
                "platform:runtimes": { "claude-code": pin },
                "platform:coreFleet": { agents },
            },
        });
    };
    const render = (stack: string, options: Partial<RenderStackOptions> = {}) =>
        renderStack({ stack, root: checkout.root, now: NOW, ...options });
    const imageIn = (objects: readonly object[]) =>
        /"image":"([^"]+)"/.exec(JSON.stringify(objects))?.[1] ?? assert.fail("no image");

    it("evaluates the platform's program for its pins, and renders both", async () => {
        platform("dev", { image: PIN }, [{ name: "ceo", runtime: "claude-code" }]);
        const { platform: core, customerOrgs } = await render("dev");
        assert.deepEqual(core.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
            "Deployment agent-ceo",
            "Namespace agents",
            "ServiceAccount agent",
        ]);
        assert.equal(imageIn(core), PIN);
        assert.equal(imageIn(customerOrgs), PIN);
    });

    it("declares a namespace before what is in it", async () => {
        const { customerOrgs } = await render("dev");
        assert.equal(customerOrgs[0]?.kind, "Namespace");
        assert.equal(customerOrgs.at(-1)?.kind, "Deployment");
    });

    it("takes the reference's output from the caller, and then renders no platform", async () => {
        const { platform: core, customerOrgs } = await render("dev", {
            runtimeImages: formatRuntimeImages(PINS),
        });
        assert.deepEqual(core, []);
        assert.equal(imageIn(customerOrgs), `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`);
    });

    it("judges a given output as the foreign data that it is", async () => {
        for (const runtimeImages of [null, [], { schemaVersion: 1, runtimes: {} }]) {
            await assert.rejects(
                render("dev", { runtimeImages }),
                /output "runtimeImages" of the reference stack/,
            );
        }
    });

    it("is evaluated one after another, however many are asked for at once", async () => {
        ring("ring", "organization/customer-orgs/dev");
        const both = await Promise.all([render("dev"), render("ring", { asIfProven: true }), render("dev")]);
        assert.deepEqual(
            both.map(({ customerOrgs }) => customerOrgs.length),
            Array(3).fill(both[0].customerOrgs.length),
        );
    });

    it("renders the next stack as if nothing had been before it, when one has failed", async () => {
        const good = await render("dev");
        platform("dev", { fromDeployment: {} });
        await assert.rejects(render("dev"));
        platform("dev", { image: PIN, release: "v3" });
        assert.deepEqual(await render("dev"), good);
    });

    describe("rings", () => {
        it("passes the platform's pins along a chain of customer-orgs stacks, without their objects", async () => {
            ring("canary", "organization/platform/dev");
            ring("early", "canary");
            ring("late", "organization/customer-orgs/early");
            const { platform: core, customerOrgs, outputs } = await render("late", { asIfProven: true });
            assert.deepEqual(core, []);
            assert.equal(imageIn(customerOrgs), PIN);
            assert.deepEqual(outputs["runtimeImages"], {
                schemaVersion: 1,
                runtimes: { "claude-code": { image: PIN, release: "v3" } },
            });
        });

        it("takes no ring for proven, and says how to render behind one", async () => {
            ring("canary", "organization/platform/dev");
            ring("late", "organization/customer-orgs/canary");
            await assert.rejects(
                render("late"),
                /Pulumi\.late\.yaml: .*the ring "canary" passes on only what its own agents have really run.*--runtime-images FILE.*--stack canary/,
            );
            const { customerOrgs } = await render("late", { runtimeImages: formatRuntimeImages(PINS) });
            assert.ok(customerOrgs.length > 0);
        });

        it("finds a circle, names it whole and the file to mend", async () => {
            ring("a", "organization/customer-orgs/b");
            ring("b", "organization/customer-orgs/c");
            ring("c", "organization/customer-orgs/b");
            await assert.rejects(render("a"), {
                name: "ConfigError",
                message:
                    /Pulumi\.c\.yaml: customer-orgs:referenceStack: "organization\/customer-orgs\/b": a circle of references \(a → b → c → b\)/,
            });
            ring("self", "self");
            await assert.rejects(
                render("self"),
                /Pulumi\.self\.yaml: .* a circle of references \(self → self\)/,
            );
        });

        it("says how to render on a reference that is not here", async () => {
            ring("far", "acme-corp/other-platform/prod");
            await assert.rejects(
                render("far"),
                /Pulumi\.far\.yaml: customer-orgs:referenceStack: "acme-corp\/other-platform\/prod": a stack of a project that is not here; give its output with "--runtime-images FILE"/,
            );
            const { customerOrgs } = await render("far", { runtimeImages: formatRuntimeImages(PINS) });
            assert.ok(customerOrgs.length > 0);
        });

        it("says which ring has no reference or no file", async () => {
            ring("a", "organization/customer-orgs/b");
            await assert.rejects(render("a"), /Pulumi\.b\.yaml: cannot be read \(ENOENT\)/);
            ring("b", undefined);
            await assert.rejects(render("a"), /Pulumi\.b\.yaml: customer-orgs:referenceStack: nothing/);
            await assert.rejects(render("b"), /Pulumi\.b\.yaml: customer-orgs:referenceStack: nothing/);
        });
    });

    it("says how to render where a pin is read from a live Deployment", async () => {
        platform("dev", { fromDeployment: {} });
        await assert.rejects(render("dev"), {
            name: "MendableError",
            message:
                'The Deployment "agents/agent-ceo" must be read from a live cluster, and rendering asks nobody: ' +
                'give the reference\'s output with "--runtime-images FILE" (pulumi stack output runtimeImages --json)',
        });
    });

    it("says how to render where a pin or an override is a tag", async () => {
        platform("dev", { image: "ghcr.io/a/b:sha-1234567" });
        await assert.rejects(render("dev"), {
            name: "MendableError",
            message:
                /^The digest of "ghcr\.io\/a\/b:sha-1234567" must be asked of a registry, and rendering asks nobody: write the image with its digest .*--runtime-images FILE/,
        });
        platform("dev", { image: PIN });
        checkout.write(
            "orgs/dev/acme.yaml",
            sampleOrg("acme", {
                imageOverrides: {
                    "claude-code": {
                        image: "ghcr.io/genbrain/claude-code:sha-1234567",
                        owner: "o",
                        reason: "r",
                        expires: "2026-08-31",
                    },
                },
            }),
        );
        await assert.rejects(
            render("dev"),
            /^MendableError: The digest of "ghcr\.io\/genbrain\/claude-code:sha-1234567"/,
        );
    });

    it("fails as the programs do: on bad config, bad orgs and expired overrides", async () => {
        platform("dev", { image: "ghcr.io/a/b:latest" });
        await assert.rejects(
            render("dev"),
            /platform\/Pulumi\.dev\.yaml: platform:runtimes\.claude-code\.image/,
        );
        platform("dev", { image: PIN });
        checkout.write("orgs/dev/acme.yaml", sampleOrg("acme", { x: 1 }));
        await assert.rejects(render("dev"), /orgs\/dev\/acme\.yaml: x: unknown key "x"/);
        await assert.rejects(render("missing"), /Pulumi\.missing\.yaml: cannot be read \(ENOENT\)/);
    });
});
