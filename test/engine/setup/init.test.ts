import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { imagesIn } from "../../support/objects";
import { imageOf } from "../../support/referenceProject";
import { runFleet } from "../../support/runFleet";
import { useEngine } from "../../support/useEngine";

const IMAGE = imageOf("reviewer", "d");

describe("what fleet init writes, on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const name = `init-${process.pid}`;

    before(() => {
        // The workspace links to this checkout: what is written must not be written there.
        const { directory } = suite().workspace;
        fs.rmSync(path.join(directory, "policy"));
        fs.cpSync(path.join(PACKAGE_ROOT, "policy"), path.join(directory, "policy"), { recursive: true });
    });

    it("is a platform and an org that two updates deploy, and that both are current after", async () => {
        const { workspace, cluster } = suite();
        const written = await runFleet(workspace, [
            ...["init", "--environment", `${name}=${cluster.context}`, "--registry", "ghcr.io/genbrain"],
            ...[
                "--runtime",
                `reviewer=${IMAGE}`,
                "--core-agent",
                "ceo=reviewer",
                "--core-namespace",
                `${name}-core`,
            ],
            ...["--org", name, "--ci", "none", "--create-stacks"],
        ]);
        assert.equal(written.code, 0, written.errors);
        assert.match(written.output, new RegExp(`^made in the state: platform/${name}$`, "m"));
        const platform = await workspace.stack("platform", name);
        await platform.up({ color: "never" });
        const up = await runFleet(workspace, ["up", "--stack", name]);
        assert.equal(up.code, 0, up.errors);
        assert.deepEqual(await imagesIn(cluster, `${name}-core`), { "agent-ceo": IMAGE });
        assert.deepEqual(await imagesIn(cluster, `org-${name}`), { "agent-reviewer": IMAGE });
        const explained = await runFleet(workspace, ["explain", `${name}/reviewer`]);
        assert.equal(explained.code, 0, explained.output + explained.errors);
        assert.match(explained.output, /: current, reviewer$/m);
        assert.match(explained.output, new RegExp(`platform/Pulumi\\.${name}\\.yaml:\\d+`));
    });
});
