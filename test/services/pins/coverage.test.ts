import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { writeRelease } from "../../support/promotionFixture";
import { useRegistry } from "../../support/useRegistry";

describe("fleet coverage --registry-tag, against a registry", function () {
    this.timeout(60_000);
    const registry = useRegistry();
    let root: string;

    const repository = () => `${registry().host}/genbrain/platform-agent`;
    const push = (content: string) => registry().push("genbrain/platform-agent", "latest", content);
    const coverage = (...args: string[]) => {
        const command = [path.resolve("commands/fleet.mjs"), "coverage", "--project", root, ...args];
        const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
        return { status, stdout, stderr };
    };

    before(async () => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "coverage-"));
        fs.mkdirSync(path.join(root, "platform"));
        fs.mkdirSync(path.join(root, "releases"));
        fs.writeFileSync(path.join(root, "Pulumi.yaml"), "name: customer-orgs\n");
        fs.writeFileSync(path.join(root, "platform", "Pulumi.yaml"), "name: platform\n");
        const image = `${repository()}:sha-19f3175@${await push("one")}`;
        writeRelease(path.join(root, "releases", "v1.json"), "v1", { "platform-agent": image });
        const settings = {
            "platform:kubeContext": "prod",
            "platform:runtimes": { "platform-agent": { image, release: "v1" } },
        };
        fs.writeFileSync(path.join(root, "platform", "Pulumi.prod.yaml"), stringify({ config: settings }));
    });
    after(() => {
        fs.rmSync(root, { recursive: true, force: true });
    });

    it("is content while the tag leads to what was released", () => {
        const { status, stdout } = coverage("--registry-tag", "latest");
        assert.equal(status, 0, stdout);
        assert.match(stdout, /prod +platform-agent +current[\s\S]*covered=1 gaps=0/);
    });

    it("finds an image that was pushed and never released, which the files alone do not tell", async () => {
        const digest = await push("two");
        assert.equal(coverage().status, 0);
        const { status, stdout } = coverage("--registry-tag", "latest");
        assert.equal(status, 1, stdout);
        assert.match(stdout, /prod +platform-agent +unrecorded +v1 +v1/);
        assert.ok(stdout.includes(`"${repository()}:latest" leads to "${digest}", which no release names`));
    });

    it("says with exit code 2 that a registry could not be asked, and what the files tell all the same", () => {
        const { status, stdout, stderr } = coverage("--registry-tag", "edge", "--json");
        assert.equal(status, 2, stderr);
        const answer = JSON.parse(stdout) as { entries: { status: string }[]; problems: string[] };
        assert.deepEqual(
            answer.entries.map((entry) => entry.status),
            ["current"],
        );
        assert.match(
            answer.problems.join(),
            /platform-agent: the registry .* has no "genbrain\/platform-agent:edge"/,
        );
        assert.match(stderr, /was it pushed there/);
    });

    it("refuses what is no tag", () => {
        const { status, stderr } = coverage("--registry-tag", "a b");
        assert.equal(status, 2);
        assert.match(stderr, /'a b' is invalid\. expected a tag/);
    });
});
