import assert from "node:assert/strict";
import { BREAK_GLASS_ANNOTATION } from "../../../kube/breakGlass";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { runExceptions } from "../../../pins/exceptions/runExceptions";
import { makeOrg } from "../../support/handMadeOrgs";
import { OrgsDirectory } from "../../support/orgsDirectory";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";
import { useCluster } from "../../support/sharedCluster";
import { testIo } from "../../support/testIo";

const on = (digest: string) => `ghcr.io/genbrain/claude-code@${digest}`;
const glass = (image: string) => ({
    [BREAK_GLASS_ANNOTATION]: JSON.stringify({
        image,
        reason: "their login is down",
        by: "ann@example.com",
        at: "2026-06-20T10:00:00Z",
    }),
});

interface Answer {
    readonly exceptions: readonly { kind: string; who: string; state: string; by: string; why: string }[];
    readonly problems: readonly string[];
}

describe("fleet exceptions --live on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    let client: KubeClient;
    let checkout: OrgsDirectory;

    const writeEnvironment = (name: string, context: string) => {
        checkout.write(`platform/Pulumi.${name}.yaml`, {
            config: {
                "platform:kubeContext": context,
                "platform:kubeconfig": cluster().kubeconfigPath,
                "platform:runtimes": { "claude-code": { image: on(DIGEST_B) } },
            },
        });
    };
    const ask = async (live: boolean) => {
        let printed = "";
        const io = testIo({ out: (text) => (printed += text), now: () => new Date("2026-07-01T00:00:00Z") });
        const code = await runExceptions({ project: checkout.root, json: true, live }, io);
        const { exceptions, problems } = JSON.parse(printed) as Answer;
        return { code, found: exceptions.filter(({ who }) => who.startsWith("org-ex-")), problems };
    };

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        checkout = new OrgsDirectory();
        checkout.write("Pulumi.yaml", { name: "customer-orgs" });
        checkout.write("platform/Pulumi.yaml", { name: "platform" });
        writeEnvironment("test", cluster().context);
        await makeOrg(client, "org-ex-broken", {}, [
            { name: "agent-a", image: on(DIGEST_A), annotations: glass(on(DIGEST_A)), replicas: 0 },
            // Brought back since: the annotation says nothing any more.
            { name: "agent-b", image: on(DIGEST_B), annotations: glass(on(DIGEST_A)), replicas: 0 },
            { name: "agent-c", image: on(DIGEST_A), replicas: 0 },
        ]);
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
        (checkout as OrgsDirectory | undefined)?.remove();
    });

    it("lists who was set past Pulumi and still is: nobody said until when, exit code 1", async () => {
        const { code, found, problems } = await ask(true);
        assert.deepEqual([code, problems], [1, []]);
        assert.deepEqual(
            found.map(({ kind, who, state, by, why }) => [kind, who, state, by, why]),
            [
                [
                    "break-glass",
                    "org-ex-broken/agent-a",
                    "endless",
                    "ann@example.com",
                    "their login is down (since 2026-06-20T10:00:00Z)",
                ],
            ],
        );
    });

    it("asks no cluster without it", async () => {
        assert.deepEqual(await ask(false), { code: 0, found: [], problems: [] });
    });

    it("lists what the clusters that answer say, and names the one that does not", async () => {
        writeEnvironment("away", "no-such-context");
        const { found, problems } = await ask(true);
        checkout.delete("platform/Pulumi.away.yaml");
        assert.equal(found.length, 1);
        assert.equal(problems.length, 1);
        assert.match(problems[0] ?? "", /"no-such-context" was not asked: .*has no context/);
    });

    it("cannot tell, and says so, where what was written on an agent cannot be read", async () => {
        const annotations = { [BREAK_GLASS_ANNOTATION]: "by ann, for a while" };
        const agent = { name: "agent-d", image: on(DIGEST_A), annotations, replicas: 0 };
        await makeOrg(client, "org-ex-garbled", {}, [agent]);
        const { problems } = await ask(true);
        assert.equal(problems.length, 1);
        assert.match(
            problems[0] ?? "",
            /annotation "customer-orgs\/break-glass" of org-ex-garbled\/agent-d cannot be read/,
        );
    });
});
