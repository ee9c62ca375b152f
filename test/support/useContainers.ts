import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { runCommand } from "../../lib/system/runCommand";
import { skipBecause } from "./skipBecause";
import { until } from "./until";

/** An image with a shell whose config names its user (`USER curl_user`), and that user's number. */
const IMAGE = process.env["CUSTOMER_ORGS_CONTAINERS_IMAGE"] ?? "docker.io/curlimages/curl:8.10.1";
export const IMAGE_USER = Number(process.env["CUSTOMER_ORGS_CONTAINERS_USER"] ?? "100");

/** Milliseconds in which a node of a developer's machine pulls an image and starts it. */
export const SLOW = 180_000;

/** A cluster whose nodes run containers. */
export interface ContainerCluster {
    readonly kubeConfig: KubeConfig;
    readonly namespace: string;
    /** The image that the suite runs, by the digest that a node has pulled. */
    readonly image: string;
}

/** How to come to such a cluster on this machine; nothing is ever installed. */
type Way = { readonly kubeconfig: string; readonly end: () => Promise<unknown> } | { readonly none: string };

async function findWay(directory: string): Promise<Way> {
    const given = process.env["CUSTOMER_ORGS_CONTAINERS_KUBECONFIG"] ?? "";
    if (given !== "") {
        return { kubeconfig: given, end: () => Promise.resolve() };
    }
    const answers = (command: string, ...args: readonly string[]) =>
        runCommand(command, args, { timeout: 30_000 }).then(
            () => true,
            () => false,
        );
    if (!(await answers("kind", "version"))) {
        return {
            none: "kind is not here, and CUSTOMER_ORGS_CONTAINERS_KUBECONFIG names no cluster (k3s, minikube, one in a cloud) that runs containers",
        };
    }
    if (!(await answers("docker", "info"))) {
        return { none: "kind is here, and no Docker daemon answers" };
    }
    const name = `customer-orgs-${process.pid}`;
    const kubeconfig = path.join(directory, "kubeconfig");
    await runCommand("kind", ["create", "cluster", "--name", name, "--kubeconfig", kubeconfig], {
        timeout: 600_000,
    });
    return { kubeconfig, end: () => runCommand("kind", ["delete", "cluster", "--name", name]) };
}

/**
 * Gives the suite it is called in a namespace of a cluster that runs containers: the one that
 * `CUSTOMER_ORGS_CONTAINERS_KUBECONFIG` names, or one that `kind` makes here. Where there is none the suite is skipped and says
 * so, in CI too: the tests of schemas and of the API server stand in.
 *
 * @returns a function that returns it, to be called within hooks and tests
 */
export function useContainers(labels: Readonly<Record<string, string>>): () => ContainerCluster {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "customer-orgs-containers-"));
    const namespace = `containers-${process.pid}`;
    let way: Way | undefined;
    let cluster: ContainerCluster | undefined;
    before("a cluster that runs containers", async function () {
        this.timeout(15 * 60_000);
        way = await findWay(directory);
        if ("none" in way) {
            skipBecause(this, `no container runtime: ${way.none}`);
        }
        const kubeConfig = new KubeConfig();
        kubeConfig.loadFromFile(way.kubeconfig);
        const core = kubeConfig.makeApiClient(CoreV1Api);
        const objects = KubernetesObjectApi.makeApiClient(kubeConfig);
        await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
        cluster = { kubeConfig, namespace, image: await pull(core, objects, namespace) };
    });
    after("the cluster is left as it was", async function () {
        this.timeout(120_000);
        await cluster?.kubeConfig.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
        if (way !== undefined && !("none" in way)) {
            await way.end();
        }
        fs.rmSync(directory, { recursive: true });
    });
    return () => {
        if (cluster === undefined) {
            throw new Error("the cluster is there only within hooks and tests");
        }
        return cluster;
    };
}

/** Has a node pull the image by its tag, and says by which digest it has it. */
async function pull(core: CoreV1Api, objects: KubernetesObjectApi, namespace: string): Promise<string> {
    const securityContext = {
        runAsNonRoot: true,
        runAsUser: IMAGE_USER,
        seccompProfile: { type: "RuntimeDefault" },
    };
    const container = {
        name: "pull",
        image: IMAGE,
        command: ["/bin/sh", "-c", "sleep 3600"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    };
    await objects.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "pull", namespace },
        spec: { securityContext, containers: [container] },
    } as { kind: string });
    const imageID = await until(
        `a node to pull ${IMAGE}`,
        async () => {
            const { status } = await core.readNamespacedPod({ name: "pull", namespace });
            const [one] = status?.containerStatuses ?? [];
            return one?.state?.running === undefined ? undefined : one.imageID;
        },
        SLOW,
    );
    await core.deleteNamespacedPod({ name: "pull", namespace, gracePeriodSeconds: 0 });
    const digest = /sha256:[0-9a-f]{64}$/.exec(imageID)?.[0] ?? "";
    return `${IMAGE.replace(/:[^:/]+$/, "")}@${digest}`;
}
