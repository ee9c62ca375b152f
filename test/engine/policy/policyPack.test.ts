import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { engineEnvironment } from "../../../engine/engineEnvironment";
import { findEngine } from "../../../engine/findEngine";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { skipBecause } from "../../support/skipBecause";

const PACK = path.join(PACKAGE_ROOT, "policy");
const GOOD = `ghcr.io/genbrain/agent@sha256:${"a".repeat(64)}`;

/** A program that writes manifests instead of asking a cluster, so that only the engine and the pack are on trial. */
const program = (objects: string) => `
const kubernetes = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
class Later extends pulumi.dynamic.Resource {
    constructor(name) {
        super({ create: async () => ({ id: name, outs: { image: "nginx:latest" } }) }, name, { image: undefined });
    }
}
const provider = new kubernetes.Provider("files", { renderYamlToDirectory: "manifests" });
const pod = (name, ...images) =>
    new kubernetes.core.v1.Pod(
        name,
        { metadata: { name }, spec: { containers: images.map((image, index) => ({ name: "c" + index, image })) } },
        { provider },
    );
${objects}
`;

describe("the policy pack in a real preview", function () {
    this.timeout(180_000);
    let folder: string;
    const file = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), text);
    };

    before("a Pulumi engine and a project", async function () {
        this.timeout(360_000);
        const engine = await findEngine();
        if (!engine.ok) {
            skipBecause(this, `no engine: ${engine.reason}`);
        }
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-engine-"));
        fs.mkdirSync(path.join(folder, "state"));
        fs.symlinkSync(path.join(PACKAGE_ROOT, "node_modules"), path.join(folder, "node_modules"), "dir");
        file(
            "Pulumi.yaml",
            "name: policy-engine\nruntime: { name: nodejs, options: { typescript: false } }\n",
        );
        file("package.json", '{ "name": "policy-engine", "main": "index.js" }');
        assert.equal((await pulumi("stack", "init", "test")).code, 0);
    });

    after(() => {
        // Hooks also run after a suite that was skipped before it had one.
        if ((folder as string | undefined) !== undefined) {
            fs.rmSync(folder, { recursive: true });
        }
    });

    function pulumi(...args: string[]): Promise<{ code: number; output: string }> {
        const env = {
            ...process.env,
            ...engineEnvironment(),
            PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE: "not a secret",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        return new Promise((resolve) => {
            execFile(
                "pulumi",
                ["--non-interactive", ...args],
                { cwd: folder, env },
                (error, stdout, stderr) => {
                    resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
                },
            );
        });
    }

    const preview = (objects: string, ...args: string[]) => {
        file("index.js", program(objects));
        return pulumi("preview", "--stack", "test", "--policy-pack", PACK, ...args);
    };

    it("lets immutable images through", async () => {
        const { code, output } = await preview(`pod("good", "${GOOD}", "nginx:sha-abc1234");`);
        assert.equal(code, 0, output);
        assert.match(output, /image-policy@/);
    });

    it("refuses a mutable tag before anything changes, and says where and what to write", async () => {
        const { code, output } = await preview(
            `pod("good", "${GOOD}"); pod("bad", "${GOOD}", "nginx:latest");`,
        );
        assert.notEqual(code, 0);
        assert.match(output, /\[mandatory\].*require-immutable-images.*core\/v1:Pod: bad/);
        assert.match(output, /path: +spec\.containers\[1\]\.image/);
        assert.match(output, /fix: +image: "nginx@sha256:<digest>"/);
        file("index.js", program('pod("bad", "nginx:latest");'));
        const up = await pulumi("up", "--yes", "--skip-preview", "--stack", "test", "--policy-pack", PACK);
        assert.notEqual(up.code, 0);
        assert.match(up.output, /require-immutable-images/);
        const written = path.join(folder, "manifests");
        const manifests = fs.existsSync(written)
            ? fs.readdirSync(written, { recursive: true }).map(String)
            : [];
        assert.deepEqual(
            manifests.filter((name) => name.includes("bad")),
            [],
        );
    });

    it("judges what is known next to what is not, and judges that at the update", async () => {
        const objects = `const later = new Later("later"); pod("mixed", later.image, "nginx:stable"); pod("later", later.image);`;
        const { code, output } = await preview(objects);
        assert.notEqual(code, 0);
        assert.match(output, /\[mandatory\].*require-immutable-images.*Pod: mixed/);
        assert.match(output, /\[advisory\].*require-immutable-images.*Pod: later/);
        assert.match(output, /unknown image, which can't be known during preview/);
        const onlyLater = `pod("later", new Later("later").image);`;
        const unknown = await preview(onlyLater);
        assert.equal(unknown.code, 0, unknown.output);
        const up = await pulumi("up", "--yes", "--skip-preview", "--stack", "test", "--policy-pack", PACK);
        assert.notEqual(up.code, 0);
        assert.match(up.output, /"nginx:latest"/);
    });

    it("takes its config from the committed files, and refuses one that cannot be used", async () => {
        const objects = `pod("other", "quay.io/acme/app@sha256:${"a".repeat(64)}");`;
        const configOf = (name: string) => ["--policy-pack-config", path.join(PACK, "config", name)];
        const staging = await preview(objects, ...configOf("staging.json"));
        assert.equal(staging.code, 0, staging.output);
        assert.match(staging.output, /\[advisory\].*allowed-repositories/);
        const prod = await preview(objects, ...configOf("prod.json"));
        assert.notEqual(prod.code, 0);
        assert.match(prod.output, /\[mandatory\].*allowed-repositories/);
        file("bad.json", '{ "require-immutable-images": { "exemptions": [{ "repository": "a/b" }] } }');
        const bad = await preview(objects, "--policy-pack-config", path.join(folder, "bad.json"));
        assert.notEqual(bad.code, 0);
        assert.match(bad.output, /require-immutable-images.*exemptions/);
    });
});
