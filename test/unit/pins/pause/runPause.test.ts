import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { runBreakGlass, runPause, runUnpause } from "../../../../pins/pause/runPause";
import { OrgsDirectory } from "../../../support/orgsDirectory";
import { testIo } from "../../../support/testIo";

const TEXT = `encryptionsalt: v1:abc
config:
  # Whose images.
  customer-orgs:referenceStack: organization/platform/prod # the platform's
  customer-orgs:orgs: orgs/prod
  customer-orgs:kubeContext: prod
`;

describe("fleet pause, unpause and break-glass", () => {
    let checkout: OrgsDirectory;
    const said: string[] = [];
    const io = testIo({ out: (line) => said.push(line), now: () => new Date("2026-07-01T12:00:00Z") });
    beforeEach(() => {
        said.length = 0;
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.prod.yaml", TEXT);
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        checkout.write("platform/Pulumi.prod.yaml", "config:\n  platform:kubeContext: prod # here\n");
    });
    afterEach(() => {
        checkout.remove();
    });
    const read = (file: string) => fs.readFileSync(path.join(checkout.root, file), "utf8");
    const options = (more: object = {}) => ({
        project: checkout.root,
        reason: "an incident: they cannot log in",
        owner: "ann",
        until: "2026-07-02",
        ...more,
    });
    const pause = { owner: "ann", reason: "an incident: they cannot log in", until: "2026-07-02" };

    it("write what holds into the stack's file, with comments and order as they were, and dates that the engine keeps", async () => {
        assert.equal(await runPause(options({ stack: ["prod"] }), io), 0);
        await runBreakGlass(options({ env: ["prod"] }), io);
        const text = read("Pulumi.prod.yaml");
        assert.ok(text.startsWith(TEXT), text);
        assert.match(text, /until: "2026-07-02"/);
        const { config } = parse(text, { version: "1.1" }) as { config: Record<string, unknown> };
        assert.deepEqual(config["customer-orgs:pause"], pause);
        assert.match(read("platform/Pulumi.prod.yaml"), /kubeContext: prod # here\n {2}platform:breakGlass:/);
        assert.deepEqual(said, [
            "Pulumi.prod.yaml: paused until 2026-07-02 by ann: an incident: they cannot log in",
            "platform/Pulumi.prod.yaml: the glass is broken until 2026-07-02 by ann: an incident: they cannot log in",
        ]);
    });

    it("take a pause away again, and replace one that is there", async () => {
        await runPause(options({ stack: ["prod"] }), io);
        await runPause(options({ stack: ["prod"], until: "2026-07-03T18:00:00+02:00" }), io);
        assert.match(read("Pulumi.prod.yaml"), /until: "2026-07-03T18:00:00\+02:00"/);
        assert.equal(read("Pulumi.prod.yaml").match(/until:/g)?.length, 1);
        assert.equal(await runUnpause({ project: checkout.root, stack: ["prod"] }, io), 0);
        assert.equal(read("Pulumi.prod.yaml"), TEXT);
        await runUnpause({ project: checkout.root, stack: ["prod"] }, io);
        assert.equal(said.at(-1), "Pulumi.prod.yaml: it was not paused");
    });

    it("write nothing where a day has passed or is none, or one of the files is not there", async () => {
        const refused: readonly [object, RegExp][] = [
            [{ stack: ["prod"], until: "2026-06-30" }, /--until "2026-06-30" has passed/],
            [{ stack: ["prod"], until: "2026-07-01T11:59:59Z" }, /--until ".*" has passed/],
            [{ stack: ["prod"], until: "tomorrow" }, /until: "tomorrow": expected a date or a time/],
            [{ stack: ["prod", "gone"] }, /Pulumi\.gone\.yaml: cannot be read/],
            [{}, /expected --stack or --env/],
        ];
        for (const [more, message] of refused) {
            await assert.rejects((async () => runPause(options(more), io))(), message);
        }
        assert.equal(read("Pulumi.prod.yaml"), TEXT);
    });
});
