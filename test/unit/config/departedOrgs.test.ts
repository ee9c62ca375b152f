import assert from "node:assert/strict";
import { findDepartedOrgs, refuseDepartedOrgs } from "../../../config/departedOrgs";
import type { LoadedStack } from "../../../config/loadStack";
import { orgSpecSchema } from "../../../config/orgSpec";
import { stackConfigSchema } from "../../../config/stackConfig";
import { readOwnOutputs } from "../../../proof/ownOutputs";
import { declareResources } from "../../support/declareResources";
import { sampleOrg } from "../../support/orgsDirectory";

describe("findDepartedOrgs", () => {
    it("finds, by name, what was deployed, has no file and was never offboarded", () => {
        assert.deepEqual(findDepartedOrgs(["d", "a", "b", "c"], ["c"], ["b", "new"]), ["a", "d"]);
        assert.deepEqual(findDepartedOrgs([], [], ["a"]), []);
    });
});

describe("refuseDepartedOrgs", () => {
    const stack: Pick<LoadedStack, "config" | "orgs"> = {
        config: stackConfigSchema.parse({
            referenceStack: "x/platform/dev",
            orgs: "orgs/dev",
            kubeContext: "dev",
        }),
        orgs: [orgSpecSchema.parse(sampleOrg("acme"))],
    };
    /** Asks with these outputs of the last deployment. */
    const refuse = async (outputs: Readonly<Record<string, unknown>>) => {
        const references = { "organization/customer-orgs/dev": outputs };
        const { result } = await declareResources(
            async () => {
                refuseDepartedOrgs(stack, await readOwnOutputs("customer-orgs", "dev"));
            },
            { references },
        );
        return result;
    };

    it("passes the first deployment, and one from which nothing is missing", async () => {
        await refuse({});
        await refuse({ agents: { acme: {} }, offboarding: [] });
    });

    it("stops where an org's file is gone, and says which and what to do", async () => {
        await assert.rejects(refuse({ agents: { acme: {}, globex: {} }, offboarding: [] }), {
            name: "ConfigError",
            message:
                /orgs\/dev\/globex\.yaml: is missing, and the org "globex" was deployed by this stack; expected the file, or one deployment with "offboarding"/,
        });
    });

    it("lets an org go that was being offboarded", async () => {
        await refuse({ agents: { acme: {}, globex: {} }, offboarding: ["globex"] });
    });

    it("takes outputs of another shape for an older program's", async () => {
        await refuse({ agents: "none", offboarding: null });
    });
});
