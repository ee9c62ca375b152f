import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { withFileLock } from "../../../../lib/system/fileLock";
import { pause } from "../../../../lib/system/pause";
import { processIdentity, type ProcessIdentity } from "../../../../lib/system/processIdentity";

describe("withFileLock", () => {
    let folder: string;
    let lock: string;
    const lockOf = (holder: ProcessIdentity) => JSON.stringify({ host: os.hostname(), ...holder, id: "x" });
    const me = () => processIdentity(process.pid) as ProcessIdentity;

    beforeEach(async () => {
        folder = await mkdtemp(path.join(os.tmpdir(), "file-lock-"));
        lock = path.join(folder, "deep", "a.lock");
    });
    afterEach(async () => rm(folder, { recursive: true }));

    it("lets one at a time in, and leaves no file behind", async () => {
        let inside = 0;
        let most = 0;
        let runs = 0;
        const visit = async () => {
            most = Math.max(most, ++inside);
            await pause(5);
            inside--;
            runs++;
        };
        await Promise.all(
            Array.from({ length: 8 }, async () => withFileLock(lock, visit, { pollMilliseconds: 2 })),
        );
        assert.deepEqual({ most, runs }, { most: 1, runs: 8 });
        assert.deepEqual(await readdir(path.join(folder, "deep")), []);
    });

    it("is released when the action fails", async () => {
        await assert.rejects(
            withFileLock(lock, async () => Promise.reject(new Error("no"))),
            /^Error: no$/,
        );
        assert.equal(await withFileLock(lock, async () => Promise.resolve("in")), "in");
    });

    it("says once who holds it, and stops waiting when aborted", async () => {
        await withFileLock(lock, async () => {
            const holders: string[] = [];
            const waiting = withFileLock(lock, async () => Promise.resolve(), {
                pollMilliseconds: 5,
                onWait: (holder) => holders.push(holder),
                signal: AbortSignal.timeout(60),
            });
            await assert.rejects(waiting, { name: "TimeoutError" });
            assert.deepEqual(holders, [`process ${process.pid} on ${os.hostname()}`]);
        });
    });

    it("is taken over from a process that has ended", async () => {
        const ended = spawn(process.execPath, ["--eval", "setTimeout(() => {}, 60_000)"]);
        const identity = processIdentity(ended.pid as number) as ProcessIdentity;
        await withFileLock(lock, async () => Promise.resolve()); // makes the folder
        await writeFile(lock, lockOf(identity));
        ended.kill("SIGKILL");
        await new Promise((resolve) => ended.once("exit", resolve));
        assert.equal(await withFileLock(lock, async () => Promise.resolve("taken over")), "taken over");
    });

    it("is taken over when its holder's id is another process's now", async () => {
        await withFileLock(lock, async () => Promise.resolve());
        await writeFile(lock, lockOf({ ...me(), started: "long ago" }));
        assert.equal(await withFileLock(lock, async () => Promise.resolve("taken over")), "taken over");
    });

    it("is not taken over from a process that runs", async () => {
        await withFileLock(lock, async () => Promise.resolve());
        await writeFile(lock, lockOf(me()));
        await assert.rejects(
            withFileLock(lock, async () => Promise.resolve(), {
                signal: AbortSignal.timeout(50),
                pollMilliseconds: 5,
            }),
            { name: "TimeoutError" },
        );
    });

    it("of another machine, or unreadable, is taken over only when it is old", async () => {
        await withFileLock(lock, async () => Promise.resolve());
        for (const content of ["", "not JSON", JSON.stringify({ ...me(), host: "elsewhere.invalid" })]) {
            await writeFile(lock, content);
            await assert.rejects(
                withFileLock(lock, async () => Promise.resolve(), {
                    signal: AbortSignal.timeout(30),
                    pollMilliseconds: 5,
                }),
                { name: "TimeoutError" },
                content,
            );
            const old = Date.now() / 1000 - 3600;
            await utimes(lock, old, old);
            assert.equal(await withFileLock(lock, async () => Promise.resolve("in")), "in", content);
        }
    });
});
