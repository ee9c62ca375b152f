import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { MendableError } from "../../../lib/text/mendableError";
import { runRender } from "../../../engine/runRender";
import { formatRuntimeImages } from "../../../images/runtimeImages";
import { testIo } from "../../support/testIo";
import { OrgsDirectory, sampleOrg, settingsOf } from "../../support/orgsDirectory";
import { DIGEST_A, PINS } from "../../support/sampleImages";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

function fleet(...args: string[]) {
    const launcher = path.join(PACKAGE_ROOT, "commands", "fleet.mjs");
    return spawnSync(process.execPath, [launcher, ...args], { encoding: "utf8" });
}

describe("fleet render", () => {
    let folder: OrgsDirectory;
    beforeEach(() => {
        folder = new OrgsDirectory();
    });
    afterEach(() => {
        folder.remove();
    });

    /** Runs the command into a directory, and lists what is there. */
    const renderInto = async (options: { runtimeImages?: string; only?: string }) => {
        const out = path.join(folder.root, "out");
        const said: string[] = [];
        const io = testIo({ err: (text) => said.push(text) });
        await runRender({ stack: "prod", out, project: PACKAGE_ROOT, ...options }, io);
        return { said, files: fs.readdirSync(out).filter((name) => !name.startsWith(".")) };
    };

    it("writes one file per org and one for the platform, and says how many objects", async () => {
        const { said, files } = await renderInto({});
        assert.deepEqual(files, ["org-acme.yaml", "org-globex.yaml", "org-initech.yaml", "platform.yaml"]);
        assert.match(said.join("\n"), /^rendered \d+ objects of stack "prod" into 4 files in /);
    });

    it("says of each value of each agent where it was written, when asked", async () => {
        const said: string[] = [];
        const io = testIo({ out: (text) => said.push(text) });
        await runRender({ stack: "prod", project: PACKAGE_ROOT, origins: true }, io);
        const [first, ...lines] = said.join("\n").split("\n");
        assert.equal(first, "acme/concierge");
        for (const line of [
            '  env.LOG_LEVEL: "info"  # orgs/prod/acme.yaml: agents[0].env.LOG_LEVEL',
            '  bootGate: ["/opt/molecule-mcp-server"]  # Pulumi.yaml: customer-orgs:runtimes.platform-agent.bootGate',
            "  progressDeadlineSeconds: 600  # Pulumi.prod.yaml: customer-orgs:defaults.progressDeadlineSeconds",
            "  minReadySeconds: 10  # minReadySeconds (built in)",
        ]) {
            assert.ok(lines.includes(line), line);
        }
    });

    it("refuses a stack that is paused: what its agents stay on, no rendering knows", async () => {
        folder.write("Pulumi.yaml", { name: "customer-orgs" });
        folder.write("orgs/dev/acme.yaml", sampleOrg("acme"));
        const pause = { owner: "ann", reason: "an incident", until: "2999-01-01" };
        folder.write("Pulumi.dev.yaml", { config: { ...settingsOf(), "customer-orgs:pause": pause } });
        const options = { stack: "dev", project: folder.root };
        await assert.rejects(
            runRender(options, testIo()),
            /the stack "dev" is paused until 2999-01-01 by ann/,
        );
    });

    it("writes only one of the two projects when told, and leaves the other's files alone", async () => {
        await renderInto({});
        for (const only of ["platform", "customer-orgs"]) {
            const { said, files } = await renderInto({ only });
            assert.deepEqual(files, [
                "org-acme.yaml",
                "org-globex.yaml",
                "org-initech.yaml",
                "platform.yaml",
            ]);
            assert.doesNotMatch(said.join("\n"), /deleted/);
        }
    });

    it("takes the reference's output from a file", async () => {
        folder.write("images.json", JSON.stringify(formatRuntimeImages(PINS)));
        const { files } = await renderInto({ runtimeImages: path.join(folder.root, "images.json") });
        assert.deepEqual(files, ["org-acme.yaml", "org-globex.yaml", "org-initech.yaml"]);
        assert.ok(
            fs.readFileSync(path.join(folder.root, "out", "org-initech.yaml"), "utf8").includes(DIGEST_A),
        );
    });

    for (const [what, text, message] of [
        ["is missing", undefined, /--runtime-images ".*": expected a JSON file: ENOENT/],
        ["is no JSON", "{", /expected a JSON file/],
        ["has another shape", "[]", /The output "runtimeImages" of the reference stack .* cannot be used/],
    ] as const) {
        it(`fails as people can mend it when that file ${what}`, async () => {
            if (text !== undefined) {
                folder.write("images.json", text);
            }
            await assert.rejects(
                renderInto({ runtimeImages: path.join(folder.root, "images.json") }),
                (error) => {
                    assert.ok(error instanceof MendableError);
                    assert.equal(error.exitCode, 2);
                    assert.match(error.message, message);
                    return true;
                },
            );
        });
    }

    it("prints one YAML stream and nothing else, and exits with 0", () => {
        const { status, stdout, stderr } = fleet("render", "--stack", "staging");
        assert.deepEqual([status, stderr], [0, ""]);
        const documents = parseAllDocuments(stdout);
        assert.ok(documents.length > 15);
        assert.ok(documents.every(({ errors }) => errors.length === 0));
    });

    it("exits with 2 and one plain sentence when it cannot render", () => {
        const { status, stdout, stderr } = fleet("render", "--stack", "nowhere");
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, /Pulumi\.nowhere\.yaml: cannot be read \(ENOENT\)/);
        assert.doesNotMatch(stderr, /\n {4}at /);
    });
});
