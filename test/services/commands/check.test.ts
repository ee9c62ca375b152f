import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const GOOD = `ghcr.io/acme/agent@sha256:${"a".repeat(64)}`;

const pod = (image: string, name = "p") =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: default }\nspec:\n  containers:\n    - name: c\n      image: ${image}\n`;

interface Run {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

async function policy(args: readonly string[], stdin = ""): Promise<Run> {
    const child = spawn(process.execPath, [path.join(PACKAGE_ROOT, "commands/fleet.mjs"), "check", ...args], {
        cwd: PACKAGE_ROOT,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.stdin.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, stdout, stderr };
}

describe("npm run policy", () => {
    let folder: string;
    const file = (name: string, text: string) => {
        const full = path.join(folder, name);
        fs.mkdirSync(path.dirname(full), { recursive: true });
        fs.writeFileSync(full, text);
        return full;
    };

    before(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-"));
    });

    after(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("exits with 0 where everything is pinned", async () => {
        const { code, stdout } = await policy([
            "-f",
            file("good.yaml", `${pod(GOOD)}---\n${pod("nginx:abc1234")}`),
        ]);
        assert.equal(stdout, "2 objects checked, 0 mandatory, 0 advisory.\n");
        assert.equal(code, 0);
    });

    it("exits with 1 on a violation, and says where, why and what to write", async () => {
        const bad = file("bad.yaml", `${pod(GOOD)}---\n${pod("nginx:latest")}`);
        const { code, stdout } = await policy(["-f", bad]);
        assert.equal(code, 1);
        assert.match(
            stdout,
            /^mandatory {2}require-immutable-images {2}Pod default\/p {2}.*bad\.yaml:15 {2}spec\.containers\[0\]\.image$/m,
        );
        assert.match(stdout, /why: {3}the tag "latest" can be moved/);
        assert.match(stdout, /fix: {3}image: "nginx@sha256:<digest>"/);
    });

    it("reads standard input", async () => {
        assert.equal((await policy(["-f", "-"], pod("nginx"))).code, 1);
        assert.equal((await policy(["-f", "-"], pod(GOOD))).code, 0);
    });

    it("reads a directory with all below it, and leaves out what is no manifest", async () => {
        file("dir/a/deploy.yml", pod("nginx:v1"));
        file(
            "dir/b/list.json",
            JSON.stringify({
                apiVersion: "v1",
                kind: "PodList",
                items: [{ spec: { containers: [{ name: "c", image: "nginx" }] } }],
            }),
        );
        file("dir/values.yaml", "image: nginx:latest\n");
        file("dir/README.md", "image: nginx:latest");
        file("dir/node_modules/x/pod.yaml", pod("nginx"));
        fs.symlinkSync(path.join(folder, "dir"), path.join(folder, "dir/a/circle"));
        const { code, stdout } = await policy(["-f", path.join(folder, "dir")]);
        assert.equal(code, 1);
        assert.match(stdout, /2 objects checked, 2 mandatory/);
        assert.match(stdout, /note: .*values\.yaml: left out/);
    });

    for (const [what, text] of [
        ["an empty input", ""],
        ["text that is not YAML", "a: [\n"],
        ["a document that is no object", "replicas: 1\n"],
    ] as const) {
        it(`exits with 2 on ${what}`, async () => {
            const { code, stdout } = await policy(["-f", "-"], text);
            assert.equal(code, 2, stdout);
            assert.match(stdout, /not checked: stdin/);
        });
    }

    it("exits with 2 on a file that is not there, on wrong usage, and on a config that cannot be used", async () => {
        assert.equal((await policy(["-f", path.join(folder, "none.yaml")])).code, 2);
        assert.equal((await policy(["--colour"])).code, 2);
        const config = file(
            "config.json",
            '{ "require-immutable-image": "mandatory", "allowed-repositories": { "repositories": [7] } }',
        );
        const { code, stderr } = await policy(["-f", "-", "-c", config], pod(GOOD));
        assert.equal(code, 2);
        assert.match(stderr, /"require-immutable-image" is not a policy/);
        assert.match(stderr, /"allowed-repositories": repositories\[0\]: is 7/);
    });

    it("exits with 1 when there is a violation besides what could not be checked", async () => {
        const { code, stdout } = await policy(
            ["-f", "-", "-f", path.join(folder, "none.yaml")],
            pod("nginx"),
        );
        assert.equal(code, 1);
        assert.match(stdout, /not checked/);
    });

    it("takes levels, `all` and rules from a config", async () => {
        const config = file(
            "advisory.json",
            '{ "all": "advisory", "allowed-repositories": { "repositories": ["ghcr.io/acme"] } }',
        );
        const { code, stdout } = await policy(["-f", "-", "-c", config], pod("nginx"));
        assert.equal(code, 0);
        assert.match(stdout, /0 mandatory, 2 advisory/);
    });

    it("checks what pulumi stack export writes, and knows secrets that it cannot read", async () => {
        const secret = (rest: object) => ({
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            ...rest,
        });
        const resource = (name: string, image: unknown, rest: object = {}) => ({
            urn: `urn:pulumi:prod::x::kubernetes:core/v1:Pod::${name}`,
            type: "kubernetes:core/v1:Pod",
            inputs: {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name },
                spec: { containers: [{ name: "c", image }] },
            },
            ...rest,
        });
        const state = (...resources: object[]) =>
            file("state.json", JSON.stringify({ version: 3, deployment: { resources } }));
        const stack = { urn: "urn:pulumi:prod::x::pulumi:pulumi:Stack::x-prod", type: "pulumi:pulumi:Stack" };
        const gone = resource("gone", "nginx", { delete: true });
        assert.equal((await policy(["--state", state(stack, gone, resource("a", GOOD))])).code, 0);
        assert.equal((await policy(["--state", state(resource("a", "nginx:latest"))])).code, 1);
        assert.equal(
            (await policy(["--state", state(resource("a", secret({ plaintext: '"nginx"' })))])).code,
            1,
        );
        const unknown = await policy(["--state", state(resource("a", secret({ ciphertext: "v1:abc" })))]);
        assert.equal(unknown.code, 2);
        assert.match(unknown.stdout, /unknown/);
        assert.equal((await policy(["--state", file("not.json", "{}")])).code, 2);
    });

    it("checks both stacks of this repository when nothing is named", async () => {
        const { code, stdout } = await policy([]);
        assert.equal(code, 0, stdout);
        assert.match(stdout, /^\d+ objects checked, 0 mandatory/m);
    }).timeout(60_000);

    it("exits with 2 for a stack that is not there", async () => {
        const { code, stdout } = await policy(["--stack", "nowhere"]);
        assert.equal(code, 2);
        assert.match(stdout, /not checked: stack "nowhere"/);
    }).timeout(60_000);

    it("writes JSON", async () => {
        const { code, stdout } = await policy(["-f", "-", "--json"], pod("nginx"));
        assert.equal(code, 1);
        const report = JSON.parse(stdout) as { exitCode: number; findings: Record<string, unknown>[] };
        assert.equal(report.exitCode, 1);
        assert.equal(report.findings.length, 1);
        const { policy: name, level, file: origin, line, path: place } = report.findings[0] ?? {};
        assert.deepEqual(
            [name, level, origin, line, place],
            ["require-immutable-images", "mandatory", "stdin", 7, "spec.containers[0].image"],
        );
    });

    it("writes SARIF with a rule, a place and a fingerprint for each finding", async () => {
        const { stdout } = await policy(["-f", file("sarif.yaml", pod("nginx")), "--sarif"]);
        const log = JSON.parse(stdout) as {
            version: string;
            runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
        };
        assert.equal(log.version, "2.1.0");
        const [run] = log.runs;
        const result = run?.results[0] ?? {};
        assert.equal(run?.tool.driver.rules[Number(result["ruleIndex"])]?.id, "require-immutable-images");
        assert.equal(result["level"], "error");
        const [location] = result["locations"] as [
            { physicalLocation: { region: { startLine: number }; artifactLocation: { uri: string } } },
        ];
        assert.equal(location.physicalLocation.region.startLine, 7);
        assert.match(location.physicalLocation.artifactLocation.uri, /sarif\.yaml$/);
        assert.deepEqual(Object.keys(result["partialFingerprints"] as object), ["objectPath/v1"]);
    });

    it("writes annotations for GitHub that an image's name cannot break out of", async () => {
        const { stdout } = await policy(["-f", "-", "--github"], pod('"nginx\\n::error::x%0A"'));
        const lines = stdout.trimEnd().split("\n");
        assert.equal(lines.length, 2);
        assert.match(
            lines[0] ?? "",
            /^::error file=stdin,line=7,title=require-immutable-images::Pod default\/p: .*%0A {2}path: /,
        );
    });

    it("takes one format only", async () => {
        assert.equal((await policy(["-f", "-", "--json", "--sarif"], pod(GOOD))).code, 2);
    });

    it("goes into a file as it is when it is run as documented, and the banner of npm run would not", async () => {
        const manifest = file("documented.yaml", pod(GOOD));
        const run = promisify(execFile);
        // As in a shell of its own: an npm that runs these tests hands its options on, "--silent" among them.
        const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
        const options = { cwd: PACKAGE_ROOT, env: Object.fromEntries(environment) };
        const { stdout } = await run("npx", ["fleet", "check", "-f", manifest, "--json"], options);
        assert.equal((JSON.parse(stdout) as { exitCode: number }).exitCode, 0);
        const npm = await run("npm", ["run", "policy", "--", "-f", manifest, "--json"], options);
        assert.match(npm.stdout, /^\n> .*\n> /);
        assert.ok(npm.stdout.endsWith(stdout));
    }).timeout(60_000);
});
