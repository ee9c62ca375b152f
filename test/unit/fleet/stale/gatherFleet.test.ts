import assert from "node:assert/strict";
import * as path from "node:path";
import { compareFleet } from "../../../../fleet/stale/compareFleet";
import type { FleetSources } from "../../../../fleet/stale/fleetSources";
import { gatherFleet } from "../../../../fleet/stale/gatherFleet";
import { image } from "../../../support/liveObjects";
import { StaleProject } from "../../../support/staleProject";

const NOW = new Date("2026-07-01T12:00:00Z");

describe("the sources of fleet stale", () => {
    let project: StaleProject;
    beforeEach(() => {
        project = new StaleProject(image("1"));
        for (const stack of ["eu", "us"]) {
            const images = { [`${stack}-acme`]: image("1") };
            project.addStack(stack, { context: stack, kubeconfig: "/nowhere/kubeconfig", images });
        }
    });
    afterEach(() => {
        project.remove();
    });

    const file = (name: string) => path.join(project.directory, name);
    const gather = async (parts: Partial<FleetSources> = {}) => {
        const facts = await gatherFleet(
            {
                project: project.directory,
                stacks: ["eu", "us"],
                engine: false,
                outputsFiles: new Map(["eu", "us"].map((stack) => [stack, file(`${stack}.json`)])),
                referenceFile: file("reference.json"),
                cluster: false,
                pods: true,
                excludeNamespaces: [],
                ...parts,
            },
            NOW,
        );
        const { rows, gaps } = compareFleet(facts);
        return {
            statuses: rows.map(({ org, status }) => `${org} ${status}`).sort(),
            serious: gaps.filter(({ serious }) => serious).map(({ message }) => message),
        };
    };

    it("compare what was deployed with its target where the cluster was left out", async () => {
        assert.deepEqual(await gather(), { statuses: ["eu-acme current", "us-acme current"], serious: [] });
    });

    it("are of stacks that there are: a typo is refused, with the stacks' names", async () => {
        await assert.rejects(gather({ stacks: ["eu", "su"] }), {
            message: /no Pulumi\.su\.yaml; expected one of "eu", "us"/,
        });
    });

    it("leave no stack fine that follows a reference which cannot be read, and say so once", async () => {
        const { statuses, serious } = await gather({ referenceFile: file("gone.json") });
        assert.deepEqual(statuses, ["eu-acme unknown", "us-acme unknown"]);
        assert.equal(serious.length, 1, serious.join("\n"));
    });

    it("leave nothing fine whose pins nobody was asked for", async () => {
        assert.deepEqual((await gather({ referenceFile: undefined })).statuses, [
            "eu-acme unknown",
            "us-acme unknown",
        ]);
    });

    it("name a cluster that cannot be reached for each stack that is on it, and leave none of them fine", async () => {
        const { statuses, serious } = await gather({ cluster: true });
        assert.deepEqual(statuses, ["eu-acme unknown", "us-acme unknown"]);
        assert.deepEqual(
            serious.map((message) => message.slice(0, 'the cluster "eu" was not compared'.length)),
            ['the cluster "eu" was not compared', 'the cluster "us" was not compared'],
        );
    });

    it("go on by what was deployed where a file of an org is broken, and call that stack's agents unknown", async () => {
        project.write("orgs/eu/eu-acme.yaml", "slug: [");
        const { statuses, serious } = await gather();
        assert.deepEqual(statuses, ["eu-acme unknown", "us-acme current"]);
        assert.match(serious.join(), /the files of the stack "eu" were not read/);
    });

    it("leave nothing fine where the vetoes cannot be read", async () => {
        project.write("platform/vetoes.yaml", "vetoes: [");
        const { statuses, serious } = await gather();
        assert.deepEqual(statuses, ["eu-acme unknown", "us-acme unknown"]);
        assert.match(serious.join(), /the vetoes were not compared/);
    });
});
