import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { version } from "../../../package.json";
import { writeRelease } from "../../support/promotionFixture";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const LAUNCHER = path.join(PACKAGE_ROOT, "commands/fleet.mjs");

interface Run {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
    readonly text: string;
}

/** Runs the CLI. With `deaf` its output is closed before it prints; `begun` gets the process. */
function fleet(
    args: readonly string[],
    {
        deaf = [],
        begun,
    }: { deaf?: readonly ("stdout" | "stderr")[]; begun?: (child: ChildProcess) => void } = {},
): Promise<Run> {
    const child = spawn(process.execPath, [LAUNCHER, ...args]);
    begun?.(child);
    const said = { stdout: "", stderr: "", text: "" };
    for (const name of ["stdout", "stderr"] as const) {
        if (deaf.includes(name)) {
            child[name].destroy();
        } else {
            child[name].on("data", (chunk: Buffer) => {
                said[name] += chunk.toString();
                said.text += chunk.toString();
            });
        }
    }
    return new Promise((resolve) => {
        child.once("close", (code) => {
            resolve({ code, ...said });
        });
    });
}

describe("the fleet CLI", function () {
    this.timeout(30_000);

    it("lists its commands, and asking for help is no mistake", async () => {
        const { code, text } = await fleet(["--help"]);
        assert.equal(code, 0);
        for (const command of ["stale", "sync", "preview", "adopt"]) {
            assert.match(text, new RegExp(`^ {2}${command} `, "m"));
        }
    });

    it("says its version", async () => {
        const { code, text } = await fleet(["--version"]);
        assert.deepEqual([code, text], [0, `${version}\n`]);
    });

    it("does not fail when nobody reads its output to the end", async () => {
        const { code, text } = await fleet(["stale", "--help"], { deaf: ["stdout"] });
        assert.deepEqual([code, text], [0, ""]);
    });

    it("ends as it would when nobody reads what it says on standard error either", async () => {
        const { code } = await fleet(["stale"], { deaf: ["stdout", "stderr"] });
        assert.equal(code, 2);
    });

    it("fails in JSON where JSON was asked for, with the same exit code", async () => {
        for (const args of [
            ["stale", "--json"],
            ["stale", "--json", "--no-such-option"],
            ["history", "--json", "--env", "nowhere"],
        ]) {
            const { code, stdout } = await fleet(args);
            const failure = JSON.parse(stdout) as {
                error: { message: string; problems: string[] };
                exitCode: number;
            };
            assert.deepEqual([code, failure.exitCode], [2, 2], args.join(" "));
            assert.notEqual(failure.error.message, "");
            assert.ok(failure.error.problems.length > 0);
        }
    });

    it("refuses a directory that is no project, whichever command is run", async () => {
        for (const args of [["stale", "--stack", "prod"], ["history"], ["render", "--stack", "prod"]]) {
            const { code, text } = await fleet([...args, "--project", path.join(PACKAGE_ROOT, "docs")]);
            assert.equal(code, 2);
            assert.match(text, /docs" has no Pulumi\.yaml; expected the project's root/);
        }
    });

    it("says what is wrong without a stack trace, with exit code 2", async () => {
        const { code, text } = await fleet(["stale"]);
        assert.deepEqual(
            [code, text.trim()],
            [2, 'name the stack: expected "--stack prod", once for each stack of the cluster'],
        );
    });

    for (const [signal, exitCode] of [
        ["SIGINT", 130],
        ["SIGTERM", 143],
    ] as const) {
        it(`ends a promotion's checks by ${signal} with exit code ${exitCode}, and has written nothing`, async () => {
            const project = fs.mkdtempSync(path.join(os.tmpdir(), "promotion-"));
            const release = path.join(project, "release.json");
            fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: customer-orgs\n");
            fs.cpSync(path.join(PACKAGE_ROOT, "platform"), path.join(project, "platform"), {
                recursive: true,
            });
            // A registry that takes the question and never answers it.
            const registry = net.createServer().listen(0, "127.0.0.1");
            await once(registry, "listening");
            const { port } = registry.address() as net.AddressInfo;
            const file = path.join(project, "platform", "Pulumi.staging.yaml");
            const before = fs.readFileSync(file, "utf8").replaceAll("ghcr.io/", `127.0.0.1:${port}/`);
            fs.writeFileSync(file, before);
            const images = [...before.matchAll(/^ {4}([\w-]+):\n {6}image: ([^\s@:]+:\d+[^\s@:]+)/gm)];
            writeRelease(
                release,
                "v9",
                Object.fromEntries(
                    images.map(([, runtime = "", repository = ""]): [string, string] => [
                        runtime,
                        `${repository}@sha256:${"9".repeat(64)}`,
                    ]),
                ),
                "2026-11-20T10:00:00Z",
            );
            const sockets: net.Socket[] = [];
            try {
                const args = ["promote", "--release", release, "--env", "staging", "--config-only"];
                const run = await fleet([...args, "--project", project, "--break-glass", "a test"], {
                    begun: (child) => {
                        registry.on("connection", (socket) => {
                            sockets.push(socket.on("error", () => undefined));
                            child.kill(signal);
                        });
                    },
                });
                assert.equal(run.code, exitCode, run.text);
                assert.match(run.stderr, new RegExp(`interrupted by ${signal}; run this again`));
                assert.equal(run.stdout, "");
                assert.equal(fs.readFileSync(file, "utf8"), before);
            } finally {
                sockets.forEach((socket) => socket.destroy());
                registry.close();
                fs.rmSync(project, { recursive: true });
            }
        });
    }
});
