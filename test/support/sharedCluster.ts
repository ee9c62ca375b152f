import { KubeConfig } from "@kubernetes/client-node";
import { canRunCluster } from "../../local/cluster/canRunCluster";
import { startCluster } from "../../local/cluster/startCluster";
import { skipBecause } from "./skipBecause";

/** The cluster that the cluster tests of one mocha process share. */
export interface SharedCluster {
    /** A kubeconfig file; its current context is the cluster. */
    readonly kubeconfigPath: string;
    /** The name of that context. */
    readonly context: string;
    /** `https://127.0.0.1:<port>` */
    readonly apiServer: string;
    /** The same, loaded. */
    readonly kubeConfig: KubeConfig;
}

/** Milliseconds for a first start, which may have to build the control plane. */
export const startTimeout = 25 * 60_000;

let started: Promise<SharedCluster> | undefined;

/**
 * Gives the suite it is called in (a `describe`) a cluster: the one that `CUSTOMER_ORGS_TEST_KUBECONFIG` names, or an
 * embedded one. That is started once, by the first suite that runs, and ends with the mocha process; there is nothing
 * to stop. Suites share it: work in namespaces of your own. Where no cluster can be had the suite is skipped and says
 * why; with `CI` set it fails instead.
 *
 * @returns a function that returns the cluster, to be called within hooks and tests.
 */
export function useCluster(): () => SharedCluster {
    let cluster: SharedCluster | undefined;
    before("a Kubernetes cluster", async function () {
        this.timeout(startTimeout);
        if (givenKubeconfig() === undefined) {
            await skipWithoutCluster(this);
        }
        started ??= start();
        cluster = await started;
    });
    return () => {
        if (cluster === undefined) {
            throw new Error("the cluster is there only within hooks and tests");
        }
        return cluster;
    };
}

/**
 * Skips the test or suite whose hook `context` is where no embedded cluster can be had, and says why. With `CI` set
 * nothing is skipped: what needs the cluster then fails.
 */
export async function skipWithoutCluster(context: Mocha.Context): Promise<void> {
    const ability = await canRunCluster();
    if (!ability.able && (process.env["CI"] ?? "") === "") {
        skipBecause(context, `no cluster: ${ability.why}`);
    }
}

async function start(): Promise<SharedCluster> {
    const given = givenKubeconfig();
    if (given !== undefined) {
        return load(given);
    }
    const { kubeconfigPath } = await startCluster({
        name: `test-${process.pid}`,
        owned: true,
        log: (line) => {
            console.error(`    ${line}`);
        },
    });
    return load(kubeconfigPath);
}

function givenKubeconfig(): string | undefined {
    const given = process.env["CUSTOMER_ORGS_TEST_KUBECONFIG"];
    return given === "" ? undefined : given;
}

function load(kubeconfigPath: string): SharedCluster {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(kubeconfigPath);
    const apiServer = kubeConfig.getCurrentCluster()?.server;
    if (apiServer === undefined) {
        throw new Error(`${kubeconfigPath} has no current context with a cluster`);
    }
    return { kubeconfigPath, context: kubeConfig.getCurrentContext(), apiServer, kubeConfig };
}
