import { AuthenticationV1TokenRequest, CoreV1Api } from "@kubernetes/client-node";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../../engine/evaluateProgram";
import { runOperator } from "../../../rings/operator/runOperator";
import { COMMIT } from "./operatorProject";
import type { SharedCluster } from "../sharedCluster";
import { testIo } from "../testIo";

/** What `fleet operator` writes for the stacks of a checkout, read as kubectl reads it. */
export async function writeObjects(project: string): Promise<readonly KubernetesObject[]> {
    let text = "";
    await runOperator({ commit: COMMIT, project }, testIo({ out: (written) => (text += written) }));
    return parseAllDocuments(text, { version: "1.1" }).map((each) => each.toJS() as KubernetesObject);
}

/**
 * Does what the kubelet does for a pod, in a directory: the ServiceAccount `default` of a namespace with its token and the cluster's
 * certificate, and the kubeconfig of the objects, which leads there.
 *
 * @returns the kubeconfig's path; its directory is the caller's to remove
 */
export async function mountAccount(
    { kubeConfig, apiServer }: SharedCluster,
    namespace: string,
    objects: readonly KubernetesObject[],
): Promise<string> {
    const configMap = objects.find(({ kind }) => kind === "ConfigMap");
    const { config } = configMap?.["data"] as { readonly config: string };
    const { status } = await kubeConfig.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
        name: "default",
        namespace,
        body: Object.assign(new AuthenticationV1TokenRequest(), { spec: { audiences: [] } }),
    });
    const account = fs.mkdtempSync(path.join(os.tmpdir(), "service-account-"));
    const { caData, caFile } = kubeConfig.getCurrentCluster() ?? {};
    fs.writeFileSync(
        path.join(account, "ca.crt"),
        caData === undefined ? fs.readFileSync(caFile ?? "") : Buffer.from(caData, "base64"),
    );
    fs.writeFileSync(path.join(account, "token"), status?.token ?? "");
    const kubeconfig = path.join(account, "config");
    fs.writeFileSync(
        kubeconfig,
        config
            .replaceAll("/var/run/secrets/kubernetes.io/serviceaccount", account)
            .replace("https://kubernetes.default.svc", apiServer),
    );
    return kubeconfig;
}
