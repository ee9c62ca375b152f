import { KubeConfig } from "@kubernetes/client-node";
import { Command } from "commander";
import { type EmbeddedCluster, startCluster } from "./cluster/startCluster";
import { ClusterView } from "./demo/clusterView";
import { engineDelivery } from "./demo/engineDelivery";
import { renderedDelivery } from "./demo/renderedDelivery";
import { customerOrgs, publish } from "./demo/scenario";
import { StoryTeller } from "./demo/storyTeller";
import { tellStory } from "./demo/tellStory";
import { findEngine } from "../engine/findEngine";
import { RegistryServer } from "./registry/registryServer";
import { Workspace } from "./workspace";

interface DemoOptions {
    readonly keep?: boolean;
    readonly rendered?: boolean;
}

const CLUSTER = "demo";

async function demo({ keep = false, rendered = false }: DemoOptions): Promise<void> {
    const say = (line: string) => {
        console.log(line);
    };
    const interrupted = new AbortController();
    const interrupt = () => {
        interrupted.abort(new Error("interrupted"));
    };
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

    say("A real Kubernetes control plane on loopback; its nodes and pods are simulated.");
    const cluster = await startCluster({
        name: CLUSTER,
        owned: !keep,
        signal: interrupted.signal,
        log: (line) => {
            say(`  ${line}`);
        },
    });
    const workspace = Workspace.create(cluster.kubeconfigPath);
    const registry = await RegistryServer.start();
    const stopped = new Promise<never>((_resolve, reject) => {
        interrupted.signal.addEventListener("abort", () => {
            reject(new Error("interrupted"));
        });
    });
    try {
        const kubeConfig = new KubeConfig();
        kubeConfig.loadFromFile(cluster.kubeconfigPath);
        const engine = await findEngine();
        const delivery =
            engine.ok && !rendered
                ? engineDelivery(workspace, engine.version, registry.host)
                : renderedDelivery(
                      workspace,
                      new ClusterView(kubeConfig),
                      engine.ok ? "--rendered was given" : engine.reason,
                  );
        say(delivery.sentence);
        const teller = new StoryTeller(say);
        const published = await publish(registry);
        const orgs = customerOrgs(new Date(), published.old);
        const { context } = cluster;
        const view = new ClusterView(kubeConfig);
        await Promise.race([
            tellStory({
                kubeConfig,
                context,
                workspace,
                delivery,
                teller,
                cluster: view,
                published,
                orgs,
            }),
            stopped,
        ]);
        teller.end("Every claim was checked against the API server.");
    } finally {
        await registry.stop();
        await leave(cluster, workspace, keep && !interrupted.signal.aborted, say);
    }
}

async function leave(
    cluster: EmbeddedCluster,
    workspace: Workspace,
    keep: boolean,
    say: (line: string) => void,
): Promise<void> {
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
    say("  npx pulumi preview --stack prod");
    say(`To end it: npm run cluster -- down --name ${CLUSTER}; rm -r ${workspace.directory}`);
}

new Command("demo")
    .description(
        "Tell the story of the stale customer orgs on an embedded cluster, with real programs and a real API server. " +
            "Exit code 0 only when every claim was checked.",
    )
    .option("--keep", "leave the cluster and the stacks up, and print how to look at them")
    .option("--rendered", "take the way without an engine, even where one answers")
    .action(async (options: DemoOptions) => {
        try {
            await demo(options);
        } catch (error) {
            console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
            process.exitCode = 1;
        }
    })
    .parseAsync()
    .catch((error: unknown) => {
        console.error(error);
        process.exitCode = 1;
    });
