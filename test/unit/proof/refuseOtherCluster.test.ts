import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { MendableError } from "../../../lib/text/mendableError";
import { parseOwnOutputs } from "../../../proof/ownOutputs";
import { refuseOtherCluster } from "../../../proof/refuseOtherCluster";

const world = (cluster?: () => Promise<string>) => ({
    look: () => Promise.resolve(new Map()),
    now: () => new Date(),
    ...(cluster && { cluster }),
});
const outputs = (clusterUid: unknown) => parseOwnOutputs({ clusterUid }, "organization/customer-orgs/dev");

describe("refuseOtherCluster", () => {
    it("goes on in the cluster of the last update, and says which other one it has found", async () => {
        const found = world(() => Promise.resolve("uid-2"));
        await refuseOtherCluster(outputs("uid-2"), found, "dev");
        await assert.rejects(
            refuseOtherCluster(outputs("uid-1"), found, "dev"),
            (error) =>
                error instanceof MendableError &&
                /^The context "dev" leads to another cluster .*expected the cluster "uid-1" .*found "uid-2"/.test(
                    error.message,
                ),
        );
    });

    it("asks nobody where nothing was deployed yet, or a program is only rendered", async () => {
        const asked = world(() => assert.fail("it was asked"));
        for (const unknown of [undefined, null, 7]) {
            await refuseOtherCluster(outputs(unknown), asked, "dev");
        }
        await refuseOtherCluster(outputs("uid-1"), undefined, "dev");
        await refuseOtherCluster(outputs("uid-1"), world(), "dev");
    });

    it("says what is missing where the cluster does not tell which one it is", async () => {
        const silent = world(() => Promise.reject(new MendableError("does not answer")));
        await assert.rejects(refuseOtherCluster(outputs("uid-1"), silent, "dev"), /does not answer/);
    });
});
