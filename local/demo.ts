import { Command } from "commander";
import { findEngine } from "../engine/findEngine";
import { type Interruption, interruption, unlessAborted } from "../lib/system/interruption";
import { runScript } from "../lib/system/runScript";
import { type EmbeddedCluster, startCluster } from "./cluster/startCluster";
import { ClusterView } from "./demo/clusterView";
import { engineDelivery } from "./demo/engineDelivery";
import { renderedDelivery } from "./demo/renderedDelivery";
import { STACK, customerOrgs, publish } from "./demo/scenario";
import type { Story } from "./demo/story";
import { StoryTeller } from "./demo/storyTeller";
import { tellBadRelease } from "./demo/tellBadRelease";
import { tellBeginning } from "./demo/tellBeginning";
import { tellExceptions } from "./demo/tellExceptions";
import { tellHandMadeOrgs } from "./demo/tellHandMadeOrgs";
import { tellPromotion } from "./demo/tellPromotion";
import { tellRelease } from "./demo/tellRelease";
import { RegistryServer } from "./registry/registryServer";
import { Workspace } from "./workspace";

interface DemoOptions {
    readonly keep?: boolean;
    readonly rendered?: boolean;
    readonly name: string;
}

const say = (line: string) => {
    console.log(line);
};

async function demo(
    { keep = false, rendered = false, name }: DemoOptions,
    { signal }: Interruption,
): Promise<void> {
    say("A real Kubernetes control plane on loopback; its nodes and pods are simulated.");
    const log = (line: string) => {
        say(`  ${line}`);
    };
    const cluster = await startCluster({ name, owned: !keep, signal, log });
    const workspace = Workspace.create(cluster.kubeconfigPath);
    const registry = await RegistryServer.start();
    const view = ClusterView.connect(cluster.kubeconfigPath);
    try {
        const engine = await findEngine();
        const delivery =
            engine.ok && !rendered
                ? engineDelivery(workspace, engine.version, registry.host)
                : renderedDelivery(workspace, view, engine.ok ? "--rendered was given" : engine.reason);
        say(delivery.sentence);
        const published = await publish(registry);
        const teller = new StoryTeller(say);
        const story: Story = {
            place: { kubeContext: cluster.context, kubeconfig: cluster.kubeconfigPath },
            ...{ workspace, delivery, teller, cluster: view, published },
            orgs: customerOrgs(new Date(), published.old),
        };
        await unlessAborted(tellStory(story), signal);
        teller.end("Every claim was checked against the API server.");
    } finally {
        view.close();
        await registry.stop();
        await leave(cluster, workspace, keep && !signal.aborted);
    }
}

/**
 * The story of the seeds on a real API server: drift, the pin, a forgotten runtime, a release ring by ring, a bad one that is
 * stopped, a customer who is held and explained, and the orgs that nobody manages.
 *
 * @throws ClaimError when a step's claim is not borne out by the API server; whatever a step fails with
 */
async function tellStory(story: Story): Promise<void> {
    for (const tell of [
        tellBeginning,
        tellPromotion,
        tellRelease,
        tellBadRelease,
        tellExceptions,
        tellHandMadeOrgs,
    ]) {
        await tell(story);
    }
}

async function leave(cluster: EmbeddedCluster, workspace: Workspace, keep: boolean): Promise<void> {
    if (!keep) {
        await cluster.stop();
        workspace.remove();
        return;
    }
    say("");
    say("The cluster and the stacks stay. To look at them:");
    say(`  export KUBECONFIG=${cluster.kubeconfigPath}`);
    say("  kubectl get deployments --all-namespaces --output wide");
    say(`  cd ${workspace.directory}`);
    for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"]) {
        say(`  export ${name}='${workspace.env[name] ?? ""}'`);
    }
    say(`  npx pulumi preview --stack ${STACK}`);
    say(`To end it: npm run cluster -- down --name ${cluster.name}; rm -r ${workspace.directory}`);
}

void new Command("demo")
    .description(
        "Tell the story of the stale customer orgs on an embedded cluster, with real programs and a real API server. " +
            "Exit code 0 only when every claim was checked.",
    )
    .option("--keep", "leave the cluster and the stacks up, and print how to look at them")
    .option("--rendered", "take the way without an engine, even where one answers")
    .option("--name <name>", "the cluster's name", "demo")
    .action((options: DemoOptions) =>
        runScript(async () => {
            const interrupted = interruption(() => {
                say("interrupted: removing what was started");
            });
            await demo(options, interrupted);
        }),
    )
    .parseAsync();
