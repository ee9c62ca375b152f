import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type PackConfigOptions, withPackConfig } from "../../../engine/packConfig";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const PINS = { schemaVersion: 1, runtimes: {} };

/** The config that the pack is run with, and the place where it stood meanwhile. */
async function configOf(options: Partial<PackConfigOptions>) {
    const whole = {
        project: PACKAGE_ROOT,
        stack: "none-such",
        environment: "development" as const,
        runtimeImages: PINS,
        ...options,
    };
    return withPackConfig(whole, (file) =>
        Promise.resolve({
            file,
            config: JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>,
        }),
    );
}

describe("the pack's config of an update", () => {
    let directory: string;
    const write = (settings: unknown) => {
        const file = path.join(directory, "own.json");
        fs.writeFileSync(file, JSON.stringify(settings));
        return file;
    };
    before(() => {
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "pack-config-"));
    });
    after(() => {
        fs.rmSync(directory, { recursive: true });
    });

    it("has the reference's pins, whatever the file says of the rule, and is gone afterwards", async () => {
        const stale = { enforcementLevel: "mandatory", runtimeImages: { schemaVersion: 1, runtimes: "old" } };
        for (const [said, expected] of [
            [undefined, {}],
            ["advisory", { enforcementLevel: "advisory" }],
            [stale, { enforcementLevel: "mandatory" }],
        ]) {
            const { file, config } = await configOf({ file: write({ "require-platform-image": said }) });
            assert.deepEqual(config["require-platform-image"], {
                ...(expected as object),
                runtimeImages: PINS,
            });
            assert.equal(fs.existsSync(path.dirname(file)), false);
        }
    });

    it("is that of the project before the one beside these commands", async () => {
        const file = path.join(directory, "policy", "config", "prod.json");
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, JSON.stringify({ "allowed-repositories": "disabled" }));
        const { config } = await configOf({
            project: directory,
            stack: "prod-canary",
            environment: "production",
        });
        assert.equal(config["allowed-repositories"], "disabled");
    });

    it("is the stack's committed one, or that of its environment, or the rules' own", async () => {
        const repositories = async (options: Partial<PackConfigOptions>) =>
            (await configOf(options)).config["allowed-repositories"];
        const prod = await repositories({ stack: "prod" });
        assert.match(JSON.stringify(prod), /"mandatory".*genbrain/);
        assert.deepEqual(await repositories({ stack: "prod-canary", environment: "production" }), prod);
        assert.match(JSON.stringify(await repositories({ stack: "staging" })), /"advisory"/);
        assert.equal(await repositories({}), undefined);
    });

    it("names a file that is none, and begins nothing", async () => {
        const away = path.join(directory, "away.json");
        await assert.rejects(configOf({ file: away }), new RegExp(`policy config "${away}" cannot be read`));
        await assert.rejects(configOf({ file: write([]) }), /expected an object of policies/);
    });
});
