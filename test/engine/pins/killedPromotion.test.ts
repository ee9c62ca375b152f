import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { killTree } from "../../support/killTree";
import { useEngine } from "../../support/useEngine";
import { ControlPlaneServer } from "../../support/controlPlaneServer";
import { pinsIn, stackFile, writeRelease } from "../../support/promotionFixture";
import { makeCertificate } from "../../support/tlsCertificate";
import { useRegistry } from "../../support/useRegistry";
import { readImage } from "../../../images/imageReference";

const RUNTIMES = ["claude-code", "platform-agent"] as const;
const AGENTS = { "agent-cto": "claude-code", "agent-ceo": "platform-agent" } as const;
const NAMESPACE = "killed-promotion";
const LOCKED = /another update holds the lock of the stack "staging"/;
type Images = Record<(typeof RUNTIMES)[number], string>;

interface Ended {
    readonly code: number | null;
    readonly output: string;
}

describe("a promotion that is interrupted while its stack is updated", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const registry = useRegistry();
    let plane: ControlPlaneServer;
    let running: Images;
    let uids: Record<string, string | undefined>;

    const checkout = () => suite().workspace.directory;
    const publish = async (tag: string): Promise<Images> => {
        const images: Partial<Images> = {};
        for (const runtime of RUNTIMES) {
            const repository = `genbrain/${runtime}`;
            const digest = await registry().push(repository, tag, `${runtime} ${tag}`);
            images[runtime] = `${registry().host}/${repository}:${tag}@${digest}`;
        }
        return images as Images;
    };
    /** Publishes a release and writes its file; later ones are published on later days. */
    const release = async (number: number): Promise<Images> => {
        const images = await publish(`sha-${String(number).repeat(7)}`);
        const file = path.join(checkout(), `v${number}.json`);
        writeRelease(file, `v${number}`, images, `2026-06-2${number}T10:00:00Z`);
        return images;
    };
    /** Runs the command; `kill` is called once, when the engine has begun to change a Deployment. */
    const promote = (number: number, kill?: (pid: number, child: ChildProcess) => void): Promise<Ended> =>
        new Promise((resolve, reject) => {
            const args = [
                "commands/fleet.mjs",
                "promote",
                "--release",
                `v${number}.json`,
                "--env",
                "staging",
            ];
            const child = spawn(process.execPath, args, {
                cwd: checkout(),
                env: { ...process.env, ...suite().workspace.env, CP_TOKEN: "token-of-a-test" },
                detached: true,
                stdio: ["ignore", "pipe", "pipe"],
            });
            let output = "";
            let killed = false;
            const read = (chunk: Buffer) => {
                output += chunk.toString();
                if (!killed && kill !== undefined && /Deployment \S+ updating/.test(output)) {
                    killed = true;
                    kill(child.pid ?? assert.fail("it has no process id"), child);
                }
            };
            child.stdout.on("data", read);
            child.stderr.on("data", read);
            child.once("error", reject);
            child.once("exit", (code) => {
                if (kill !== undefined && !killed) {
                    reject(new Error(`it ended before a Deployment was changed:\n${output}`));
                }
                resolve({ code, output });
            });
        });
    const deployed = async (): Promise<Record<string, string>> => {
        const outputs = await (await suite().workspace.stack("platform", "staging")).outputs();
        const images = outputs["runtimeImages"]?.value as { runtimes: Record<string, { image: string }> };
        return Object.fromEntries(RUNTIMES.map((name) => [name, images.runtimes[name]?.image ?? ""]));
    };
    const deployments = async () => {
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        const { items } = await apps.listNamespacedDeployment({ namespace: NAMESPACE });
        return Object.fromEntries(items.map((item) => [item.metadata?.name ?? "", item]));
    };
    /** Every runtime is on `images` everywhere, once: stack, file, cluster and control plane; nothing was made anew. */
    const assertPromoted = async (images: Images, number: number) => {
        const before = running;
        assert.deepEqual(await deployed(), images);
        const pins = pinsIn(checkout(), "staging");
        const found = await deployments();
        for (const runtime of RUNTIMES) {
            const pin = pins.get(runtime);
            assert.equal(pin?.image, images[runtime]);
            assert.equal(pin.release, `v${number}`);
            assert.ok(pin.announcedAt !== undefined);
            assert.deepEqual(
                pin.history?.map(({ image }) => image).filter((image) => image === before[runtime]),
                [before[runtime]],
                "the pin before is in the history, once",
            );
        }
        for (const [name, runtime] of Object.entries(AGENTS)) {
            const container = found[name]?.spec?.template.spec?.containers[0];
            assert.equal(readImage(container?.image).digest, readImage(images[runtime]).digest);
            assert.equal(found[name]?.metadata?.uid, uids[name]);
        }
        assert.deepEqual(
            plane.seen.map(({ body }) => JSON.parse(body) as unknown),
            RUNTIMES.map((name) => ({ template_name: name, digest: readImage(images[name]).digest })),
        );
        plane.seen.length = 0;
        running = images;
    };

    before("the first release runs", async () => {
        const certificate = await makeCertificate();
        plane = await ControlPlaneServer.start(certificate);
        running = await publish("sha-201a5fa");
        fs.writeFileSync(path.join(checkout(), "ca.pem"), certificate.authority);
        const pin = (runtime: (typeof RUNTIMES)[number]) => ({
            image: running[runtime],
            release: "v1",
            promotedAt: "2026-06-18T02:52:59Z",
        });
        suite().workspace.writeSettings("platform", "staging", {
            "platform:kubeContext": suite().cluster.context,
            "platform:runtimes": Object.fromEntries(RUNTIMES.map((name) => [name, pin(name)])),
            "platform:coreFleet": {
                namespace: NAMESPACE,
                agents: [
                    { name: "ceo", runtime: "platform-agent" },
                    { name: "cto", runtime: "claude-code" },
                ],
            },
            "platform:promotion": {
                controlPlane: { url: plane.url, tokenVariable: "CP_TOKEN", caFile: "ca.pem" },
            },
        });
        await (await suite().workspace.stack("platform", "staging")).up();
        uids = Object.fromEntries(
            Object.entries(await deployments()).map(([name, { metadata }]) => [name, metadata?.uid]),
        );
        assert.deepEqual(Object.keys(uids).sort(), Object.keys(AGENTS).sort());
    });
    after(async () => {
        await (plane as ControlPlaneServer | undefined)?.stop();
    });

    it("by SIGTERM and once more: puts the file back, frees the lock, says so; the same command finishes it", async () => {
        const images = await release(2);
        const before = stackFile(checkout(), "staging");
        const ended = await promote(2, (pid) => {
            process.kill(pid, "SIGTERM");
            setTimeout(() => process.kill(pid, "SIGTERM"), 500);
        });
        assert.equal(ended.code, 143, ended.output);
        assert.match(ended.output, /staging: update: .*interrupted by SIGTERM; run this again to finish it/);
        assert.match(ended.output, /Pulumi\.staging\.yaml is as it was before/);
        assert.equal(stackFile(checkout(), "staging"), before);
        assert.deepEqual(await deployed(), running, "it was interrupted after the update");
        assert.deepEqual(plane.seen, []);

        const again = await promote(2);
        assert.equal(again.code, 0, again.output);
        assert.match(again.output, /promoted=2 already-current=0/);
        await assertPromoted(images, 2);
        assert.match((await promote(2)).output, /promoted=0 already-current=2/);
        assert.deepEqual(plane.seen, []);
    });

    it("by SIGINT, once: the update is finished, deployed and announced, and the exit code says that it was interrupted", async () => {
        const images = await release(3);
        const ended = await promote(3, (pid) => process.kill(pid, "SIGINT"));
        assert.equal(ended.code, 130, ended.output);
        assert.match(ended.output, /promoted=2 already-current=0/);
        await assertPromoted(images, 3);
    });

    it("by a reader that closes standard output and standard error: the update goes on to its end", async () => {
        const images = await release(4);
        const ended = await promote(4, (_, child) => {
            child.stdout?.destroy();
            child.stderr?.destroy();
        });
        assert.equal(ended.code, 0, ended.output);
        await assertPromoted(images, 4);
    });

    it("by kill -9, the engine with it: says how to clear the lock, and finishes once it is cleared", async () => {
        const images = await release(5);
        const ended = await promote(5, killTree);
        assert.equal(ended.code, null);
        assert.deepEqual(await deployed(), running, "it was killed after the update");
        assert.deepEqual(plane.seen, []);

        const locked = await promote(5);
        assert.equal(locked.code, 1, locked.output);
        assert.match(locked.output, LOCKED);
        const command = /"pulumi (-C platform cancel --stack staging)"/.exec(locked.output)?.[1];
        assert.ok(command !== undefined, locked.output);
        execFileSync("pulumi", [...command.split(" "), "--yes"], {
            cwd: checkout(),
            env: { ...process.env, ...suite().workspace.env },
            stdio: "pipe",
        });

        const again = await promote(5);
        assert.equal(again.code, 0, again.output);
        await assertPromoted(images, 5);
        assert.match((await promote(5)).output, /promoted=0 already-current=2/);
    });
});
