import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensureBinary } from "../../local/cluster/ensureBinary";

const run = promisify(execFile);

/** What the loop found and did. */
export interface LoopResult {
    readonly seconds: number;
    readonly updated: number;
    readonly current: number;
}

/**
 * What the platform's old script describes: one `kubectl get` for each namespace `org-*`, one `kubectl set image` for each
 * stale Deployment, one after the other. It waits for no rollout.
 *
 * @param image what the agents should run; left out, the loop only reads
 */
export async function kubectlLoop(kubeconfig: string, image?: string): Promise<LoopResult> {
    const binary = await ensureBinary("kubectl");
    const kubectl = async (...args: string[]) =>
        (await run(binary, ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
    const start = performance.now();
    let updated = 0;
    let current = 0;
    const namespaces = (await kubectl("get", "namespaces", "-o", "name"))
        .split("\n")
        .map((name) => name.replace("namespace/", ""))
        .filter((name) => name.startsWith("org-"));
    for (const namespace of namespaces) {
        const lines = await kubectl(
            ...["get", "deployments", "-n", namespace, "-o"],
            'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.template.spec.containers[?(@.name=="agent")].image}{"\\n"}{end}',
        );
        for (const line of lines.split("\n")) {
            const [name, live] = line.split(" ");
            if (name?.startsWith("agent-") !== true) {
                continue;
            }
            if (image === undefined || live === image) {
                current++;
                continue;
            }
            await kubectl("-n", namespace, "set", "image", `deployment/${name}`, `agent=${image}`);
            updated++;
        }
    }
    return { seconds: (performance.now() - start) / 1000, updated, current };
}
