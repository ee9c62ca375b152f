import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { imagesIn } from "../../support/objects";
import { pinsIn, writeRelease } from "../../support/promotionFixture";
import { useEngine } from "../../support/useEngine";
import { useRegistry } from "../../support/useRegistry";

const RUNTIME = "platform-agent";
const ORGS = Array.from({ length: 30 }, (_, index) => `day-${String(index).padStart(2, "0")}`);
/** Whose override expires on the day. */
const [HELD = ""] = ORGS;
const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("a rollback on the day on which the override of one of many orgs expired, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    const registry = useRegistry();
    const images: Record<string, string> = {};

    const checkout = () => suite().workspace.directory;
    const fleet = (...args: string[]): Promise<{ readonly code: number; readonly output: string }> =>
        new Promise((resolve) => {
            const env = { ...process.env, ...suite().workspace.env, PULUMI_SKIP_CHECKPOINTS: "true" };
            const options = { cwd: checkout(), env, maxBuffer: Infinity };
            execFile(process.execPath, ["commands/fleet.mjs", ...args], options, (error, out, err) => {
                resolve({ code: error === null ? 0 : Number(error.code), output: out + err });
            });
        });
    const publish = async (release: string, publishedAt: string) => {
        const repository = `genbrain/${RUNTIME}`;
        const digest = await registry().push(repository, release, `${RUNTIME} ${release}`);
        const image = `${registry().host}/${repository}@${digest}`;
        images[release] = image;
        const file = path.join(checkout(), "releases", `${release}.json`);
        writeRelease(file, release, { [RUNTIME]: image }, publishedAt);
        return file;
    };
    const writeOrg = (slug: string, override?: object) => {
        const agent = { name: "main", runtime: RUNTIME, imageOverride: override };
        suite().workspace.writeOrg("day", slug, { slug, displayName: slug, agents: [agent] });
    };
    const writeOverride = (expires: string) => {
        writeOrg(HELD, { image: images["v0"], owner: "support", reason: "Ticket 4711", expires });
    };
    const upCustomers = async (): Promise<string> => {
        let printed = "";
        const stack = await suite().workspace.stack("customer-orgs", "day");
        stack.workspace.envVars["PULUMI_SKIP_CHECKPOINTS"] = "true";
        await stack.up({ onOutput: (text) => (printed += text) });
        return printed;
    };
    const imageOf = async (slug: string) => (await imagesIn(suite().cluster, `org-${slug}`))["agent-main"];

    before("everybody runs v2, but one", async () => {
        await publish("v0", "2026-06-19T10:00:00Z");
        await publish("v1", "2026-06-20T10:00:00Z");
        const v2 = await publish("v2", "2026-06-21T10:00:00Z");
        suite().workspace.writeSettings("platform", "day", {
            "platform:kubeContext": suite().cluster.context,
            "platform:runtimes": {
                [RUNTIME]: { image: images["v1"], release: "v1", promotedAt: "2026-06-20T11:00:00Z" },
            },
            "platform:coreFleet": {
                namespace: "day-core",
                defaults: { minReadySeconds: 0 },
                agents: [{ name: "ceo", runtime: RUNTIME }],
            },
        });
        await (await suite().workspace.stack("platform", "day")).up();
        const promoted = await fleet("promote", "--release", v2, "--env", "day");
        assert.equal(promoted.code, 0, promoted.output);
        suite().workspace.writeSettings("customer-orgs", "day", {
            "customer-orgs:referenceStack": "organization/platform/day",
            "customer-orgs:orgs": "orgs/day",
            "customer-orgs:kubeContext": suite().cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
        });
        ORGS.forEach((slug) => {
            writeOrg(slug);
        });
        writeOverride(dayFromNow(1));
        await upCustomers();
        assert.deepEqual([await imageOf(HELD), await imageOf(ORGS[1] ?? "")], [images["v0"], images["v2"]]);
    });

    it("goes back in the platform and in every org that is not held, says who is red, and stops nobody", async () => {
        writeOverride(dayFromNow(-1));
        const back = await fleet("rollback", "--env", "day", "--to", "v1", "--reason", "loses sessions");
        assert.equal(back.code, 0, back.output);
        assert.equal(pinsIn(checkout(), "day").get(RUNTIME)?.image, images["v1"]);
        const printed = await upCustomers();
        assert.match(printed, new RegExp(`org "${HELD}", agent "main": stays as it is: .* expired on`));
        for (const slug of ORGS) {
            assert.equal(await imageOf(slug), images[slug === HELD ? "v0" : "v1"], slug);
        }
        const exceptions = await fleet("exceptions");
        assert.equal(exceptions.code, 1, exceptions.output);
        assert.match(exceptions.output, new RegExp(`day/${HELD}/main +override of ${RUNTIME} +expired`));
    });

    it("holds: the bad release is refused in the platform, and no org may be held on it", async () => {
        const again = await fleet("promote", "--release", "releases/v2.json", "--env", "day");
        assert.equal(again.code, 1, again.output);
        assert.match(
            again.output,
            /hold: held by .*this is the image that was rolled back from: loses sessions/,
        );
        const who = ["hold", `${ORGS[1] ?? ""}/main`, "--to", "v2", "--until", dayFromNow(5)];
        const held = await fleet(...who, "--reason", "x", "--owner", "ann");
        assert.equal(held.code, 1, held.output);
        assert.match(held.output, /hold: this is an image that day was rolled back from/);
    });
});
