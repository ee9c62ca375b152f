import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { clusterPaths } from "../../../local/cluster/clusterPaths";
import { findClusterProcesses } from "../../../local/cluster/clusterProcesses";
import { clusterStatus, type ClusterStatus } from "../../../local/cluster/clusterStatus";
import { startCluster } from "../../../local/cluster/startCluster";
import { stopCluster } from "../../../local/cluster/stopCluster";
import { listeningAddresses } from "../../support/listeningAddresses";
import { skipWithoutCluster, startTimeout } from "../../support/sharedCluster";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const name = `life-${process.pid}`;
const other = `${name}-b`;

/** The cluster's own start and end, by its command; what happens inside it is in fakeNodes.test.ts. */
describe("the embedded cluster", function () {
    this.timeout(120_000);
    /** A home folder with a kubeconfig that must not change. */
    let home: string | undefined;
    let userKubeconfig: string;
    const userContent = "apiVersion: v1\nkind: Config\ncurrent-context: production\n";

    before(async function () {
        this.timeout(startTimeout);
        await skipWithoutCluster(this);
        home = await mkdtemp(path.join(os.tmpdir(), "cluster-home-"));
        userKubeconfig = path.join(home, ".kube", "config");
        await mkdir(path.dirname(userKubeconfig));
        await writeFile(userKubeconfig, userContent);
    });
    after(async () => {
        await stopCluster(name);
        await stopCluster(other);
        if (home !== undefined) {
            await rm(home, { recursive: true });
        }
    });

    /** Starts `cluster …` as a user with that home would. */
    const command = (...args: string[]): ChildProcess & { output: () => string } => {
        const child = spawn(process.execPath, ["--import", "tsx", "local/cluster.ts", ...args], {
            cwd: PACKAGE_ROOT,
            // The cache stays where it is, so that no binary is fetched again.
            env: {
                ...process.env,
                HOME: home,
                KUBECONFIG: userKubeconfig,
                CUSTOMER_ORGS_CACHE: path.join(clusterPaths(name).directory, "..", ".."),
            },
        });
        let output = "";
        child.stdout.on("data", (text: Buffer) => (output += text.toString()));
        child.stderr.on("data", (text: Buffer) => (output += text.toString()));
        return Object.assign(child, { output: () => output });
    };
    const ended = async (child: ChildProcess) =>
        new Promise<number | null>((resolve) =>
            child.once("close", (code) => {
                resolve(code);
            }),
        );
    const run = async (...args: string[]) => {
        const child = command(...args);
        return { code: await ended(child), output: child.output() };
    };
    const assertGone = async () => {
        assert.deepEqual(findClusterProcesses(clusterPaths(name)), []);
        await assert.rejects(access(clusterPaths(name).directory), { code: "ENOENT" });
    };

    it("comes up, says how to look at it, and is found running by a second up", async () => {
        const up = await run("up", "--name", name, "--nodes", "2");
        assert.equal(up.code, 0, up.output);
        assert.match(up.output, new RegExp(`^export KUBECONFIG=.*/${name}/kubeconfig$`, "m"));
        const again = await run("up", "--name", name);
        assert.equal(again.code, 0, again.output);
        assert.match(again.output, /is already running with 2 nodes/);
        const { code, output } = await run("status", "--name", name, "--json");
        assert.equal(code, 0);
        const status = JSON.parse(output) as ClusterStatus;
        assert.equal(status.state, "running");
        assert.equal(status.nodes, 2);
        assert.match(status.apiServer ?? "", /^https:\/\/127\.0\.0\.1:\d+$/);
    });

    it("leaves the user's kubeconfig, context and home alone", async () => {
        assert.equal(await readFile(userKubeconfig, "utf8"), userContent);
        assert.deepEqual(await readdir(String(home)), [".kube"]);
        assert.deepEqual(await readdir(path.dirname(userKubeconfig)), ["config"]);
        const { mode } = await stat(clusterPaths(name).kubeconfig);
        assert.equal(mode & 0o077, 0, "the kubeconfig holds a private key: nobody else may read it");
    });

    it("listens on loopback alone", async () => {
        const { components } = await clusterStatus(name);
        const addresses = listeningAddresses(Object.values(components).filter((pid) => pid !== null));
        // etcd has a port for clients and one for peers.
        assert.equal(addresses.length, 6, addresses.join(" "));
        for (const address of addresses) {
            assert.match(address, /^127\.0\.0\.1:\d+$/);
        }
    });

    it("runs beside another one", async () => {
        const second = await startCluster({ name: other, nodes: 1 });
        assert.equal((await clusterStatus(name)).state, "running");
        assert.notEqual(second.apiServer, (await clusterStatus(name)).apiServer);
        await second.stop();
        assert.equal((await clusterStatus(other)).state, "absent");
        assert.equal((await clusterStatus(name)).state, "running");
    });

    it("is called broken when a component has ended, and comes up anew", async () => {
        const { components } = await clusterStatus(name);
        process.kill(components["kube-scheduler"] as number, "SIGKILL");
        const status = await run("status", "--name", name);
        assert.equal(status.code, 1);
        assert.match(status.output, /is broken.*kube-scheduler \(ended\)/s);
        const up = await run("up", "--name", name, "--nodes", "1");
        assert.equal(up.code, 0, up.output);
        assert.match(up.output, /removing what an earlier cluster .* left behind/);
        const after = (await clusterStatus(name)).components;
        assert.notEqual(after.etcd, components.etcd);
    });

    it("goes down without a trace, and down again is no error", async () => {
        assert.equal((await run("down", "--name", name)).code, 0);
        await assertGone();
        const status = await run("status", "--name", name);
        assert.deepEqual([status.code, status.output.trim()], [1, `cluster "${name}" is not running`]);
        const again = await run("down", "--name", name);
        assert.equal(again.code, 0);
        assert.match(again.output, /there is no cluster/);
    });

    for (const { signal, code, at, delay } of [
        { signal: "SIGINT", code: 130, at: /starting cluster/, delay: 0 },
        { signal: "SIGINT", code: 130, at: /starting cluster/, delay: 400 },
        { signal: "SIGTERM", code: 143, at: /starting cluster/, delay: 1200 },
        { signal: "SIGINT", code: 130, at: /API server ready/, delay: 0 },
    ] as const) {
        it(`leaves nothing behind when up gets ${signal} ${delay} ms after "${at.source}"`, async () => {
            const child = command("up", "--name", name);
            await new Promise<void>((resolve) => {
                child.stderr?.on("data", () => {
                    if (at.test(child.output())) {
                        setTimeout(resolve, delay);
                    }
                });
                child.once("close", () => {
                    resolve();
                });
            });
            child.kill(signal);
            assert.equal(await ended(child), code, child.output());
            assert.match(child.output(), new RegExp(`interrupted by ${signal}`));
            await assertGone();
        });
    }

    it("that belonged to a process which was killed is ended by the next start", async () => {
        const owner = spawn(
            process.execPath,
            [
                "--import",
                "tsx",
                "--eval",
                `import("./local/cluster/startCluster.ts").then(async ({ startCluster }) => {
                    await startCluster({ name: "${name}", nodes: 1, owned: true });
                    console.log("started");
                    setInterval(() => undefined, 1000);
                });`,
            ],
            { cwd: PACKAGE_ROOT, stdio: ["ignore", "pipe", "inherit"] },
        );
        await new Promise((resolve) => owner.stdout.once("data", resolve));
        owner.kill("SIGKILL");
        await ended(owner);
        assert.equal((await clusterStatus(name)).state, "running", "nobody ended it yet");
        const lines: string[] = [];
        const next = await startCluster({ name: other, nodes: 1, log: (line) => lines.push(line) });
        await next.stop();
        assert.match(lines.join("\n"), new RegExp(`stopping cluster "${name}"`));
        await assertGone();
    });

    it("refuses wrong usage with exit code 2", async () => {
        for (const args of [
            ["up", "--nodes", "0"],
            ["up", "--name", "../x"],
            ["start"],
            ["status", "--yaml"],
            [],
        ]) {
            assert.equal((await run(...args)).code, 2, args.join(" "));
        }
        assert.equal((await run("--help")).code, 0);
    });
});
