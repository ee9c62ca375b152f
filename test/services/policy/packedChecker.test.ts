import assert from "node:assert/strict";
import * as childProcess from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { packChecker } from "../../support/policy/packChecker";

const pod = (image: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: c, image: "${image}" }] }\n`;

const GOOD = pod(`nginx@sha256:${"a".repeat(64)}`);

describe("the checker as a package", () => {
    let root: string;
    let tarball: string;
    let installed: string;

    before(function () {
        this.timeout(120_000);
        root = fs.mkdtempSync(path.join(os.tmpdir(), "packed-checker-"));
        ({ tarball, program: installed } = packChecker(root));
        fs.mkdirSync(path.join(root, "good"));
        fs.writeFileSync(path.join(root, "good/pod.yaml"), GOOD);
        fs.mkdirSync(path.join(root, "bad"));
        fs.writeFileSync(path.join(root, "bad/pod.yaml"), pod("nginx:latest"));
    });

    after(() => {
        fs.rmSync(root, { recursive: true, force: true });
    });

    const run = (args: readonly string[], input = "") =>
        childProcess.spawnSync(process.execPath, [installed, ...args], {
            cwd: root,
            input,
            encoding: "utf8",
        });

    it("installs with nothing beside it and ends as the policies say", () => {
        assert.equal(run(["good"]).status, 0);
        assert.equal(run(["bad"]).status, 1);
        assert.equal(run(["-"], pod("nginx")).status, 1);
        assert.equal(run(["good", "-f", "nowhere.yaml"]).status, 2);
        assert.equal(run(["-"]).status, 2);
        assert.equal(run([]).status, 2);
        assert.equal(run(["good", "--config", "nowhere.json"]).status, 2);
        assert.equal(run(["--help"]).status, 0);
    });

    it("writes what code scanning reads", () => {
        const log = JSON.parse(run(["--sarif", "bad"]).stdout) as {
            runs: { results: { ruleId: string }[] }[];
        };
        assert.equal(log.runs[0]?.results[0]?.ruleId, "require-immutable-images");
    });

    it("has no library of the engine in it", () => {
        const bundle = fs.readFileSync(path.join(root, "node_modules/image-policy/dist/checker.js"), "utf8");
        assert.doesNotMatch(bundle, /require\("(?:@pulumi|@kubernetes|@grpc)/);
        const listed = childProcess
            .execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
            .trim()
            .split("\n")
            .sort();
        assert.deepEqual(
            listed,
            ["README.md", "dist/checker.js", "dist/cli.js", "package.json"].map((file) => `package/${file}`),
        );
    });

    it("starts by reading its own two files, of less than a megabyte, and nothing else", () => {
        const report = `process.on("exit", () => console.log(JSON.stringify(Object.keys(require.cache))));`;
        fs.writeFileSync(path.join(root, "report.cjs"), report);
        const { stdout } = childProcess.spawnSync(
            process.execPath,
            ["--require", "./report.cjs", installed, "good"],
            { cwd: root, encoding: "utf8" },
        );
        const loaded = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as string[];
        const own = loaded.filter((file) => path.basename(file) !== "report.cjs");
        assert.deepEqual(own.map((file) => path.basename(file)).sort(), ["checker.js", "cli.js"]);
        const bytes = own.reduce((sum, file) => sum + fs.statSync(file).size, 0);
        assert.ok(bytes < 1024 ** 2, `${bytes} bytes`);
    });

    it("is run by the commit hook's definition", () => {
        const [hook] = parse(fs.readFileSync(path.join(PACKAGE_ROOT, ".pre-commit-hooks.yaml"), "utf8")) as {
            entry: string;
            args: string[];
            files: string;
        }[];
        assert.ok(hook !== undefined);
        assert.match("k8s/web.yml", new RegExp(hook.files));
        const env = { ...process.env, PATH: `${path.dirname(installed)}:${process.env["PATH"] ?? ""}` };
        const runIn = (folder: string) =>
            childProcess.spawnSync(hook.entry, hook.args, { cwd: path.join(root, folder), env }).status;
        assert.deepEqual([runIn("good"), runIn("bad")], [0, 1]);
    });

    it("is run by the action, from a tarball and offline", () => {
        const action = parse(fs.readFileSync(path.join(PACKAGE_ROOT, "action.yml"), "utf8")) as {
            runs: { steps: { run: string }[] };
        };
        const script = action.runs.steps[0]?.run ?? "";
        const runOn = (paths: string) =>
            childProcess.spawnSync("bash", ["-e", "-c", script], {
                cwd: root,
                env: {
                    ...process.env,
                    npm_config_offline: "true",
                    PACKAGE: tarball,
                    PATHS: paths,
                    CONFIG: "",
                    SARIF: "policy.sarif",
                },
                encoding: "utf8",
            });
        const bad = runOn("good bad");
        assert.equal(bad.status, 1, bad.stderr);
        assert.match(bad.stdout, /^::error file=bad\/pod\.yaml,line=4,title=require-immutable-images::/m);
        assert.match(fs.readFileSync(path.join(root, "policy.sarif"), "utf8"), /"version": "2\.1\.0"/);
        assert.equal(runOn("good").status, 0);
    }).timeout(60_000);
});
