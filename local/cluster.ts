import { Command, CommanderError, InvalidArgumentError } from "commander";
import { clusterNamePattern } from "./cluster/clusterPaths";
import { clusterStatus, type ClusterStatus } from "./cluster/clusterStatus";
import { maximumNodes } from "./cluster/createNodes";
import { findBinary } from "./cluster/findBinary";
import { startCluster } from "./cluster/startCluster";
import { stopCluster } from "./cluster/stopCluster";
import { interruption } from "../lib/system/interruption";
import { runScript } from "../lib/system/runScript";

/** Exit codes: 0 done (status: running), 1 failed (status: not running), 2 wrong usage, 128 + n ended by signal n. */
const failed = 1;
const wrongUsage = 2;

const progress = (line: string) => {
    console.error(line);
};

const program = new Command("cluster")
    .description("A Kubernetes control plane on 127.0.0.1, with fake nodes that run no containers.")
    .exitOverride();

program
    .command("up")
    .description("start the cluster, or find it running")
    .option("--name <name>", "tells clusters apart that run side by side", clusterName, "default")
    .option("--nodes <count>", `fake nodes, 1 to ${maximumNodes}`, nodeCount, 3)
    .action(async ({ name, nodes }: { name: string; nodes: number }) => {
        const start = Date.now();
        // Of three stages, since a second Ctrl-C must not keep what was started from being removed.
        const { signal } = interruption((by) => {
            progress(`${by}: removing what was started`);
        }, 3);
        const { kubeconfigPath, context, apiServer } = await startCluster({
            name,
            nodes,
            log: progress,
            signal,
        });
        progress(
            `cluster "${name}" is up after ${((Date.now() - start) / 1000).toFixed(1)} s at ${apiServer}`,
        );
        progress(`context "${context}"; your own kubeconfig is untouched. To look at it:`);
        console.log(`export KUBECONFIG=${shellQuoted(kubeconfigPath)}`);
        const kubectl = await findBinary("kubectl");
        progress(`kubectl (not needed): ${kubectl.path ?? kubectl.tried.join("; ")}`);
    });

program
    .command("down")
    .description("end the cluster and remove every trace of it")
    .option("--name <name>", "which cluster", clusterName, "default")
    .action(async ({ name }: { name: string }) => {
        const stopped = await stopCluster(name);
        progress(stopped ? `cluster "${name}" is down` : `there is no cluster "${name}"`);
    });

program
    .command("status")
    .description("say whether the cluster runs; exit code 1 when it does not")
    .option("--name <name>", "which cluster", clusterName, "default")
    .option("--json", "print one JSON object")
    .action(async ({ name, json }: { name: string; json?: true }) => {
        const status = await clusterStatus(name);
        console.log(json === true ? JSON.stringify(status, undefined, 2) : describe(status));
        if (status.state !== "running") {
            process.exitCode = failed;
        }
    });

function clusterName(value: string): string {
    if (!clusterNamePattern.test(value)) {
        throw new InvalidArgumentError("expected at most 30 lower-case letters, digits and dashes");
    }
    return value;
}

function nodeCount(value: string): number {
    const count = Number(value);
    if (!/^\d+$/.test(value) || count < 1 || count > maximumNodes) {
        throw new InvalidArgumentError(`expected a whole number from 1 to ${maximumNodes}`);
    }
    return count;
}

function describe(status: ClusterStatus): string {
    const { name, state, components, apiServer, kubernetesVersion, nodes, kubeconfig } = status;
    if (state === "absent") {
        return `cluster "${name}" is not running`;
    }
    const processes = Object.entries(components).map(
        ([component, pid]) => `${component} ${pid ?? "(ended)"}`,
    );
    return [
        state === "running" ? `cluster "${name}" is running` : `cluster "${name}" is broken: run up or down`,
        `  API server  ${apiServer ?? "unknown"}  Kubernetes ${kubernetesVersion ?? "unknown"}`,
        `  nodes       ${nodes ?? "unknown"}`,
        `  processes   ${processes.join(", ")}`,
        `  export KUBECONFIG=${kubeconfig === null ? "(none)" : shellQuoted(kubeconfig)}`,
    ].join("\n");
}

function shellQuoted(text: string): string {
    return /^[\w/.:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

void runScript(async () => {
    try {
        await program.parseAsync();
    } catch (error) {
        if (!(error instanceof CommanderError)) {
            throw error;
        }
        // commander has printed why; asking for help is no mistake.
        return error.exitCode === 0 ? 0 : wrongUsage;
    }
    return undefined;
}, failed);
