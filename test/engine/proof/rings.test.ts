import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { pause } from "../../../lib/system/pause";
import { imagesIn } from "../../support/objects";
import { pushIndex } from "../../support/pushIndex";
import { REFERENCE, deployReference, runtimeImagesOf } from "../../support/referenceProject";
import { RingStack, changeContainer, publish } from "../../support/ringStacks";
import { useRegistry } from "../../support/useRegistry";
import { useEngine } from "../../support/useEngine";

const CRASHES = `bad0${"0".repeat(60)}`;

describe("rings that export only what they really ran, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    const registry = useRegistry();
    const imageOf = async (org: string) => (await imagesIn(suite().cluster, `org-${org}`))["agent-main"];

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

    it("does not take a digest for proven that the pods do not report", async () => {
        await publish(suite(), "v1", "1");
        const settings = { "customer-orgs:gate": { soak: "4s" } };
        const ring = await RingStack.create(suite(), "other", {
            reference: REFERENCE,
            orgs: { "other-a": {} },
            settings,
        });
        await ring.up();
        await changeContainer(suite(), "other-a", {
            imageID: `ghcr.io/genbrain/platform-agent@sha256:${"9".repeat(64)}`,
        });
        await pause(5_000);
        const { failed, release, proof } = await ring.up();
        assert.deepEqual([failed, release], [undefined, undefined]);
        assert.match(proof.waiting?.why.join() ?? "", /other-a\/main: the pod ".*" runs "sha256:999/);
    });

    it("takes a platform's manifest for the index that is pinned, as the registry says", async () => {
        const { index, manifest } = await pushIndex(registry(), "genbrain/platform-agent");
        const repository = `${registry().host}/genbrain/platform-agent`;
        const pin = async (digest: string) => {
            const image = `${repository}@${digest}`;
            await deployReference(suite().workspace, runtimeImagesOf({ "platform-agent": image }, "v1"));
        };
        await pin(index);
        const settings = { "customer-orgs:gate": { soak: "4s" } };
        const ring = await RingStack.create(suite(), "index", {
            reference: REFERENCE,
            orgs: { "index-a": {} },
            settings,
        });
        await ring.up();
        await changeContainer(suite(), "index-a", { imageID: `${repository}@${manifest}` });
        await pause(5_000);
        assert.equal((await ring.up()).release, "v1");
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
