import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { bootGate } from "../../../components/bootGate";

/** Runs the gate's command here, where the image would be. */
function run(paths: readonly string[]): { code: number | null; says: string } {
    const command = bootGate("image", paths, {})?.command as string[];
    const [program = "", ...args] = command;
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    return { code: status, says: stderr };
}

describe("the boot gate's command", () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "boot-gate-"));
        fs.mkdirSync(path.join(folder, "molecule-mcp-server"));
        fs.writeFileSync(path.join(folder, "a file"), "");
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("passes when every path is there, as a file or a directory", () => {
        const paths = ["molecule-mcp-server", "a file"].map((name) => path.join(folder, name));
        assert.deepEqual(run(paths), { code: 0, says: "" });
    });

    it("fails when one is missing, and names each that is", () => {
        const { code, says } = run([folder, `${folder}/x`, `${folder}/y z`]);
        assert.equal(code, 1);
        assert.equal(
            says,
            [`${folder}/x`, `${folder}/y z`]
                .map((missing) => `boot gate: ${missing} is missing from the image\n`)
                .join(""),
        );
    });

    it("fails when a path is a link that leads nowhere", () => {
        fs.symlinkSync("/nowhere", path.join(folder, "link"));
        assert.equal(run([path.join(folder, "link")]).code, 1);
    });

    it("never takes a path for shell", () => {
        const { code } = run([`$(touch ${folder}/made)`, `"; touch ${folder}/made; "`, "`id`"]);
        assert.equal(code, 1);
        assert.equal(fs.existsSync(path.join(folder, "made")), false);
    });

    it("is not there when no path is required", () => {
        assert.equal(bootGate("image", [], {}), undefined);
    });
});
