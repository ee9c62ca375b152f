import assert from "node:assert/strict";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { runCommand } from "../../../lib/system/runCommand";
import { skipWithoutCluster, startTimeout } from "../../support/sharedCluster";

describe("the demo without an engine", function () {
    this.timeout(startTimeout);

    before("a Kubernetes cluster", async function () {
        await skipWithoutCluster(this);
    });

    it("tells its story to the end: a release through the canary, a bad one no further, and how far behind everybody is", async () => {
        const { code, output } = await runCommand(
            process.execPath,
            ["--import", "tsx", "local/demo.ts", "--rendered", "--name", `demo-${process.pid}`],
            { cwd: PACKAGE_ROOT, keep: Infinity, mayFail: true },
        );
        assert.equal(code, 0, output);
        assert.match(output, /✓ "prod-canary" still hands on v0\.3\.43/);
        assert.match(output, /^ +globex\/concierge: held, platform-agent$/m);
        assert.match(output, /\nEvery claim was checked against the API server\./);
        assert.doesNotMatch(output, /^ +current .*\?$/m, "what is managed is known to be so far behind");
    });
});
