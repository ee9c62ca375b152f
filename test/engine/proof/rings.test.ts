import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { connectKube } from "../../../kube/kubeClient";
import { pause } from "../../../lib/system/pause";
import { imagesIn } from "../../support/objects";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";

const CRASHES = `bad0${"0".repeat(60)}`;

describe("rings that export only what they really ran, on a real engine", function () {
    this.timeout(300_000);
    const suite = useEngine();
    const imageOf = async (org: string) => (await imagesIn(suite().cluster, `org-${org}`))["agent-main"];

    /** Changes the status of the agent's container in the one pod of an org, as the node would. */
    const changeContainer = async (org: string, change: object) => {
        const { kubeconfigPath, context } = suite().cluster;
        const client = await connectKube({ kubeconfig: kubeconfigPath, context });
        const path = `/api/v1/namespaces/org-${org}/pods`;
        const { items } = (await client.request({ path })) as {
            items: { metadata: { name: string }; status: { containerStatuses: object[] } }[];
        };
        const [pod] = items;
        assert.ok(pod !== undefined && items.length === 1, `${items.length} pods`);
        await client.request({
            method: "PATCH",
            path: `${path}/${pod.metadata.name}/status`,
            contentType: "application/merge-patch+json",
            body: {
                status: {
                    containerStatuses: pod.status.containerStatuses.map((each) => ({ ...each, ...change })),
                },
            },
        });
        client.close();
    };

    it("keeps a bad digest in the first ring, in three ups of every stack, and lets the good one through", async () => {
        const good = await publish(suite(), "v1", "1");
        const first = await RingStack.create(suite(), "bad-1", {
            reference: REFERENCE,
            orgs: { "bad-a": {} },
        });
        const next = await RingStack.create(suite(), "bad-2", {
            reference: first.reference,
            orgs: { "bad-b": {} },
        });
        assert.equal((await first.up()).release, "v1");
        assert.equal((await next.up()).release, "v1");

        await publish(suite(), "v2", CRASHES);
        for (let run = 0; run < 3; run++) {
            const tried = await first.up();
            assert.match(tried.failed ?? "", /bad-a\/main: CrashLoopBackOff/);
            assert.equal(tried.release, "v1");
            const after = await next.up();
            assert.deepEqual([after.failed, after.release], [undefined, "v1"]);
            assert.equal(await imageOf("bad-b"), good);
        }
        const better = await publish(suite(), "v3", "3");
        assert.equal((await first.up()).release, "v3");
        const { release, proof } = await next.up();
        assert.equal(release, "v3");
        assert.deepEqual(proof.proven?.evidence.agents, ["bad-b/main"]);
        assert.equal(await imageOf("bad-b"), better);
    });

    it("does not stop the neighbours of one sick customer, who is named and tried again", async () => {
        await publish(suite(), "v1", "1");
        const orgs = { "sick-a": {}, "sick-b": {}, "sick-c": { quota: { pods: "1" } }, "sick-d": {} };
        const ring = await RingStack.create(suite(), "sick", { reference: REFERENCE, orgs });
        assert.equal((await ring.up()).failed, undefined);
        const image = await publish(suite(), "v2", "2");
        // Its quota has no room for the new pod beside the old one.
        const { failed, release, proof, printed } = await ring.up();
        assert.deepEqual([failed, release], [undefined, "v2"]);
        assert.match(proof.proven?.evidence.excused.join() ?? "", /^sick-c\/main: .*exceeded quota/);
        assert.match(printed, /sick-c\/main/);
        for (const org of ["sick-a", "sick-b", "sick-d"]) {
            assert.equal(await imageOf(org), image);
        }
    });

    it("keeps the old proof where a vacuous ring has nobody on the pin, and names the runtime", async () => {
        await publish(suite(), "v1", "1");
        const ring = await RingStack.create(suite(), "empty", {
            reference: REFERENCE,
            orgs: { "empty-a": {} },
        });
        assert.equal((await ring.up()).release, "v1");
        suite().workspace.writeOrg("empty", "empty-a", {
            slug: "empty-a",
            displayName: "a",
            agents: [{ name: "main", runtime: "platform-agent", replicas: 0 }],
        });
        await publish(suite(), "v2", "2");
        const { failed, release, proof, printed } = await ring.up();
        assert.deepEqual([failed, release, proof.waiting?.release], [undefined, "v1", "v2"]);
        assert.match(printed, /platform-agent: "v2" .* no agent of this stack runs it/);
    });

    it("waits for a soak over several ups without failing, and starts it again at a restart", async () => {
        await publish(suite(), "v1", "1");
        const gate = { "customer-orgs:gate": { soak: "20s", restarts: 5 } };
        const ring = await RingStack.create(suite(), "soak", {
            reference: REFERENCE,
            orgs: { "soak-a": {} },
            settings: gate,
        });
        const born = await ring.up();
        assert.deepEqual([born.failed, born.release], [undefined, undefined], "nothing was proven before");
        assert.match(born.printed, /is proven here at .* at the earliest: its soak of 20s is not over/);
        const first = Date.parse(born.proof.waiting?.earliest ?? "");

        await changeContainer("soak-a", {
            restartCount: 1,
            state: { running: { startedAt: new Date().toISOString() } },
        });
        const again = Date.parse((await ring.up()).proof.waiting?.earliest ?? "");
        assert.ok(again > first, "the soak began again");
        await pause(Math.max(0, again - Date.now() + 500));
        const { release, proof } = await ring.up();
        assert.equal(release, "v1");
        assert.equal(proof.proven?.evidence.soak, "20s");

        // One up that waits needs no second one.
        ring.configure(REFERENCE, { "customer-orgs:gate": { soak: "3s", wait: "30s" } });
        await publish(suite(), "v2", "2");
        assert.equal((await ring.up()).release, "v2");
    });

    it("does not take a digest for proven that the pods do not report", async () => {
        await publish(suite(), "v1", "1");
        const settings = { "customer-orgs:gate": { soak: "4s" } };
        const ring = await RingStack.create(suite(), "other", {
            reference: REFERENCE,
            orgs: { "other-a": {} },
            settings,
        });
        await ring.up();
        await changeContainer("other-a", {
            imageID: `ghcr.io/genbrain/platform-agent@sha256:${"9".repeat(64)}`,
        });
        await pause(5_000);
        const { failed, release, proof } = await ring.up();
        assert.deepEqual([failed, release], [undefined, undefined]);
        assert.match(proof.waiting?.why.join() ?? "", /other-a\/main: the pod ".*" runs "sha256:999/);
    });

    it("proves in each ring only what it ran while two releases are in flight", async () => {
        await publish(suite(), "v1", "1");
        const first = await RingStack.create(suite(), "two-1", {
            reference: REFERENCE,
            orgs: { "two-a": {} },
            settings: { "customer-orgs:gate": { soak: "6s" } },
        });
        const next = await RingStack.create(suite(), "two-2", {
            reference: first.reference,
            orgs: { "two-b": {} },
        });
        await first.up();
        await pause(6_500);
        await first.up();
        assert.equal((await next.up()).release, "v1");

        await publish(suite(), "v2", "2");
        assert.equal((await first.up()).release, "v1");
        // v3 comes before v2 has soaked: v2 is never proven, and never seen by the next ring.
        const image = await publish(suite(), "v3", "3");
        assert.equal((await first.up()).release, "v1");
        assert.equal((await next.up()).release, "v1");
        await pause(6_500);
        const proven = await first.up();
        assert.deepEqual([proven.release, proven.proof.proven?.earlier.length], ["v3", 1]);
        assert.equal((await next.up()).release, "v3");
        assert.equal(await imageOf("two-b"), image);
    });

    it("stops the chain at a veto between two rings", async () => {
        await publish(suite(), "v1", "1");
        const first = await RingStack.create(suite(), "veto-1", {
            reference: REFERENCE,
            orgs: { "veto-a": {} },
        });
        const next = await RingStack.create(suite(), "veto-2", {
            reference: first.reference,
            orgs: { "veto-b": {} },
        });
        await first.up();
        await next.up();
        await publish(suite(), "v4", "4");
        assert.equal((await first.up()).release, "v4");
        const vetoes = path.join(suite().workspace.project("platform"), "vetoes.yaml");
        const veto = {
            digest: `sha256:${"4".repeat(64)}`,
            reason: "leaks",
            by: "ann",
            at: "2026-06-21T00:00:00Z",
        };
        fs.writeFileSync(vetoes, stringify({ vetoes: [veto] }));
        try {
            const before = await imageOf("veto-b");
            assert.match((await next.up()).failed ?? "", /vetoed by ann/);
            assert.equal(await imageOf("veto-b"), before);
            assert.match((await first.up()).failed ?? "", /vetoed by ann/);
        } finally {
            fs.rmSync(vetoes);
        }
    });
});
