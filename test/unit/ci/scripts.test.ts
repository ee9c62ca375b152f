import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { COMMENT_TOKEN, CommentServer } from "../../support/commentServer";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

interface Ended {
    readonly code: number;
    readonly output: string;
}

function run(
    script: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
    const tsx = path.join(PACKAGE_ROOT, "node_modules", "tsx", "dist", "cli.mjs");
    return new Promise((resolve) => {
        execFile(
            process.execPath,
            [tsx, path.join(PACKAGE_ROOT, "ci", script), ...args],
            { cwd: options.cwd ?? PACKAGE_ROOT, env: { ...process.env, ...options.env } },
            (error, stdout, stderr) => {
                resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
            },
        );
    });
}

describe("npm run commit-pins", function () {
    this.timeout(60_000);
    let directory: string;
    const git = (cwd: string, ...args: string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            cwd,
            encoding: "utf8",
        });
    const clone = (name: string) => {
        git(directory, "clone", "--quiet", "remote.git", name);
        return path.join(directory, name);
    };
    const write = (checkout: string, file: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
        fs.writeFileSync(path.join(checkout, file), text);
    };
    // As on a runner: nobody's git config.
    const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GITHUB_ACTOR: "ci" };

    beforeEach(() => {
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "commit-pins-"));
        git(directory, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git");
        const first = clone("first");
        write(first, "platform/Pulumi.prod.yaml", "old\n");
        write(first, "platform/Pulumi.staging.yaml", "old\n");
        write(first, "other.txt", "old\n");
        git(first, "add", "-A");
        git(first, "commit", "--quiet", "-m", "first");
        git(first, "push", "--quiet", "origin", "HEAD:refs/heads/main");
    });
    afterEach(() => {
        fs.rmSync(directory, { recursive: true });
    });

    it("commits what a promotion wrote, a new release file too, and nothing besides", async () => {
        const checkout = clone("checkout");
        write(checkout, "platform/Pulumi.prod.yaml", "new\n");
        write(checkout, "releases/v2.json", "{}\n");
        write(checkout, "other.txt", "new\n");
        const { code, output } = await run("commitPins.ts", ["promote v2 to prod"], { cwd: checkout, env });
        assert.equal(code, 0, output);
        const shown = git(
            path.join(directory, "remote.git"),
            "show",
            "--format=%s by %an",
            "--name-only",
            "main",
        );
        assert.deepEqual(shown.trim().split(/\n+/), [
            "promote v2 to prod by ci",
            "platform/Pulumi.prod.yaml",
            "releases/v2.json",
        ]);
    });

    it("waits out the other environment's push", async () => {
        const [prod, staging] = [clone("prod"), clone("staging")];
        write(prod, "platform/Pulumi.prod.yaml", "new\n");
        write(staging, "platform/Pulumi.staging.yaml", "new\n");
        const both = await Promise.all([
            run("commitPins.ts", ["promote prod"], { cwd: prod, env }),
            run("commitPins.ts", ["promote staging"], { cwd: staging, env }),
        ]);
        assert.deepEqual(
            both.map(({ code }) => code),
            [0, 0],
            both.map(({ output }) => output).join(),
        );
        const after = clone("after");
        assert.equal(fs.readFileSync(path.join(after, "platform/Pulumi.prod.yaml"), "utf8"), "new\n");
        assert.equal(fs.readFileSync(path.join(after, "platform/Pulumi.staging.yaml"), "utf8"), "new\n");
    });

    it("tries a push that is refused once, says why, and keeps the commit", async () => {
        const hooks = path.join(directory, "remote.git", "hooks");
        const hook = `#!/bin/sh\necho asked >> "${directory}/asked"\necho "the branch is protected" >&2\nexit 1\n`;
        fs.mkdirSync(hooks, { recursive: true });
        fs.writeFileSync(path.join(hooks, "pre-receive"), hook, { mode: 0o755 });
        const checkout = clone("checkout");
        write(checkout, "platform/Pulumi.prod.yaml", "new\n");
        const { code, output } = await run("commitPins.ts", ["promote v2 to prod"], { cwd: checkout, env });
        assert.equal(code, 1);
        assert.match(output, /the branch is protected[\s\S]*Nothing was pushed to "main"/);
        assert.equal(fs.readFileSync(path.join(directory, "asked"), "utf8"), "asked\n");
        assert.match(git(checkout, "log", "-1", "--format=%s"), /^promote v2 to prod$/m);
    });

    it("makes no commit where nothing was written, and wants a message and a branch", async () => {
        const checkout = clone("checkout");
        const nothing = await run("commitPins.ts", ["x"], { cwd: checkout, env });
        assert.equal(nothing.code, 0);
        assert.match(nothing.output, /nothing was written/);
        assert.equal((await run("commitPins.ts", [], { cwd: checkout, env })).code, 1);
        git(checkout, "checkout", "--quiet", "--detach");
        assert.match(
            (await run("commitPins.ts", ["x"], { cwd: checkout, env })).output,
            /no branch is checked out/,
        );
    });
});

describe("npm run sticky-comment", function () {
    this.timeout(60_000);
    let server: CommentServer;
    let directory: string;
    let env: Record<string, string>;

    beforeEach(async () => {
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "sticky-"));
        server = await CommentServer.start();
        fs.writeFileSync(path.join(directory, "event.json"), JSON.stringify({ pull_request: { number: 7 } }));
        fs.writeFileSync(path.join(directory, "stale.md"), "| a |\n");
        fs.writeFileSync(path.join(directory, "preview.txt"), "one\n");
        env = {
            GITHUB_API_URL: server.url,
            GITHUB_REPOSITORY: "genbrain/orgs",
            GITHUB_EVENT_PATH: path.join(directory, "event.json"),
            GITHUB_TOKEN: COMMENT_TOKEN,
        };
    });
    afterEach(async () => {
        await server.stop();
        fs.rmSync(directory, { recursive: true });
    });
    const comment = () =>
        run("stickyComment.ts", ["preview", "stale.md", "preview.txt"], { cwd: directory, env });

    it("writes one comment, and changes it the next time", async () => {
        assert.equal((await comment()).code, 0);
        fs.writeFileSync(path.join(directory, "preview.txt"), "two\n");
        assert.equal((await comment()).code, 0);
        assert.equal(server.comments.length, 2);
        assert.equal(
            server.comments[1]?.body,
            "<!-- customer-orgs: preview -->\n| a |\n\n**preview**\n\n````text\ntwo\n````",
        );
        assert.deepEqual(
            server.requests.filter((each) => !each.startsWith("GET")),
            ["POST /repos/genbrain/orgs/issues/7/comments", "PATCH /repos/genbrain/orgs/issues/comments/2"],
        );
    });

    it("leaves out the middle of what is too long, and never its end: that is what would fail, and the counts", async () => {
        const rows = Array.from({ length: 300 }, (_, index) => `update  org-${index}  ${"x".repeat(80)}`);
        const ends = ['Would fail: the namespace "org-hooli" exists already', "to-roll=300 would-fail=1"];
        fs.writeFileSync(path.join(directory, "preview.txt"), ["CHANGE  ORG", ...rows, ...ends].join("\n"));
        fs.writeFileSync(path.join(directory, "stale.md"), `| a |\n${"| x |\n".repeat(20_000)}| last |\n`);
        assert.equal((await comment()).code, 0);
        const body = server.comments[1]?.body ?? "";
        assert.ok(body.length < 65_536);
        assert.match(
            body,
            /\| a \|[\s\S]*\(\d+ lines are left out here[\s\S]*\| last \|\n\n\*\*preview\*\*\n\n````text\nCHANGE {2}ORG\n/,
        );
        assert.ok(body.endsWith(`${ends.join("\n")}\n\`\`\`\``));
        assert.ok(
            rows.every((row) => body.includes(row)),
            "a short file leaves its room to a long one",
        );
    });

    it("clips what has no lines, too, and leaves the fence whole", async () => {
        fs.writeFileSync(path.join(directory, "stale.md"), `first${"x".repeat(200_000)}`);
        fs.writeFileSync(path.join(directory, "preview.txt"), `second${"y".repeat(200_000)}last`);
        assert.equal((await comment()).code, 0);
        const body = server.comments[1]?.body ?? "";
        assert.ok(body.length < 65_536);
        assert.match(body, /first[\s\S]*left out here[\s\S]*second[\s\S]*left out here[\s\S]*last\n````$/);
    });

    it("says which file was not written, and writes the others", async () => {
        fs.rmSync(path.join(directory, "stale.md"));
        assert.equal((await comment()).code, 0);
        assert.match(
            server.comments[1]?.body ?? "",
            /\*\*stale\*\*: nothing was written; see the log of its step\.\n\n\*\*preview\*\*[\s\S]*one/,
        );
    });

    it("says what is missing, and shows no token", async () => {
        env = { ...env, GITHUB_TOKEN: "wr0ng" };
        const refused = await comment();
        assert.equal(refused.code, 1);
        assert.match(refused.output, /: answered 401/);
        assert.ok(!refused.output.includes("wr0ng"));
        env = { ...env, GITHUB_REPOSITORY: "" };
        assert.match((await comment()).output, /GITHUB_REPOSITORY is not set/);
    });
});

describe("npm run smoke", function () {
    this.timeout(60_000);
    let directory: string;
    const image = `ghcr.io/genbrain/molecule-platform-agent@sha256:${"a".repeat(64)}`;
    beforeEach(() => {
        directory = fs.mkdtempSync(path.join(os.tmpdir(), "smoke-"));
    });
    afterEach(() => {
        fs.rmSync(directory, { recursive: true });
    });
    let user = "1000";
    /** A docker that has an image with a user and some paths in it, and writes down what it was asked. */
    const smoke = (paths: string, ...args: string[]) => {
        const script = `#!/bin/sh\necho "$*" >> "${directory}/asked"\ncase "$1" in\ncreate) echo c1;;\ninspect) echo '"${user}"';;\ncp) case " ${paths} " in *" \${2#c1:} "*) ;; *) exit 1;; esac;;\nesac\n`;
        fs.writeFileSync(path.join(directory, "docker"), script, { mode: 0o755 });
        return run("smokeImage.ts", args, {
            env: { PATH: `${directory}${path.delimiter}${process.env["PATH"] ?? ""}` },
        });
    };
    const asked = () => fs.readFileSync(path.join(directory, "asked"), "utf8").trim().split("\n");

    it("passes an image that has what its runtime's boot gate asks for", async () => {
        const { code, output } = await smoke(
            "/opt/molecule-mcp-server",
            "--runtime",
            "platform-agent",
            "--image",
            image,
        );
        assert.equal(code, 0, output);
        assert.deepEqual(asked(), [
            `create ${image} unused`,
            "cp c1:/opt/molecule-mcp-server -",
            `inspect --format {{json .Config.User}} ${image}`,
            "rm c1",
        ]);
    });

    it("fails one whose user has a name and no number: its agents would never start", async () => {
        user = "node";
        const { code, output } = await smoke(
            "/opt/molecule-mcp-server",
            "--runtime",
            "platform-agent",
            "--image",
            image,
        );
        user = "1000";
        assert.equal(code, 1);
        assert.match(output, /runs as a user without a number \(USER "node"\)/);
    });

    it("fails one that lacks it, and removes the container all the same", async () => {
        const { code, output } = await smoke("", "--runtime", "platform-agent", "--image", image);
        assert.equal(code, 1);
        assert.match(output, /lacks \/opt\/molecule-mcp-server/);
        assert.equal(asked().at(-1), "rm c1");
    });

    it("refuses a tag: what is smoked must be what is promoted", async () => {
        const { code, output } = await smoke(
            "",
            "--runtime",
            "platform-agent",
            "--image",
            "ghcr.io/a/b:sha-1234567",
        );
        assert.equal(code, 1);
        assert.match(output, /expected a digest/);
    });
});
