import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../kube/kubeClient";
import type { EmbeddedCluster } from "../../local/cluster/startCluster";
import { countOthers, untilSettled } from "./untilSettled";

const REPOSITORY = "ghcr.io/genbrain/claude-code";

/** The image that all agents should run, and an older one. */
export const IMAGES = {
    current: `${REPOSITORY}@sha256:${"2".repeat(64)}`,
    old: `${REPOSITORY}@sha256:${"1".repeat(64)}`,
} as const;

/** The agents of every org. */
const AGENTS = ["agent-coder", "agent-concierge"] as const;

/** Requests at a time, while the fleet is made. */
const CONCURRENCY = 24;

/** A fleet on a cluster: orgs with two agents each, and the project and outputs that describe them. */
export class FleetUnderTest {
    public readonly client: KubeClient;
    /** A project with a stack `bench` and a file for each org. */
    public readonly project: string;
    private orgs = 0;

    public constructor(private readonly cluster: EmbeddedCluster) {
        const config = new KubeConfig();
        config.loadFromFile(cluster.kubeconfigPath);
        this.client = createKubeClient(config, { connections: CONCURRENCY });
        this.project = fs.mkdtempSync(path.join(os.tmpdir(), "bench-fleet-"));
        fs.mkdirSync(path.join(this.project, "orgs", "bench"), { recursive: true });
        fs.writeFileSync(
            path.join(this.project, "Pulumi.bench.yaml"),
            stringify({
                config: {
                    "customer-orgs:referenceStack": "organization/platform/bench",
                    "customer-orgs:orgs": "orgs/bench",
                    "customer-orgs:kubeContext": cluster.context,
                    "customer-orgs:kubeconfig": cluster.kubeconfigPath,
                },
            }),
        );
        fs.writeFileSync(
            path.join(this.project, "reference.json"),
            JSON.stringify({
                runtimeImages: {
                    schemaVersion: 1,
                    runtimes: { "claude-code": { image: IMAGES.current, release: "v2" } },
                },
            }),
        );
    }

    /** Adds orgs until there are so many, all current, and waits until their pods run. */
    public async growTo(orgs: number): Promise<void> {
        const missing = Array.from({ length: orgs - this.orgs }, (_, index) => slugOf(this.orgs + index));
        await eachOf(missing, async (slug) => {
            const namespace = `org-${slug}`;
            await this.client.request({
                method: "POST",
                path: "/api/v1/namespaces",
                body: { metadata: { name: namespace } },
            });
            for (const name of AGENTS) {
                const labels = { app: name };
                await this.client.request({
                    method: "POST",
                    path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
                    body: {
                        metadata: { name, labels },
                        spec: {
                            progressDeadlineSeconds: 3600,
                            selector: { matchLabels: labels },
                            template: {
                                metadata: { labels },
                                spec: { containers: [{ name: "agent", image: IMAGES.current }] },
                            },
                        },
                    },
                });
            }
        });
        this.orgs = orgs;
        this.describe();
        await this.settle();
    }

    /** Puts the agents of the first so many orgs on the old image, and waits until their pods run it. */
    public async makeStale(orgs: number): Promise<void> {
        await eachOf(
            Array.from({ length: orgs }, (_, index) => slugOf(index)),
            async (slug) => {
                for (const name of AGENTS) {
                    await this.client.request({
                        method: "PATCH",
                        path: `/apis/apps/v1/namespaces/org-${slug}/deployments/${name}`,
                        contentType: "application/strategic-merge-patch+json",
                        body: {
                            spec: {
                                template: { spec: { containers: [{ name: "agent", image: IMAGES.old }] } },
                            },
                        },
                    });
                }
            },
        );
        await this.settle();
    }

    /** Waits until every agent's rollout has ended. */
    public async settle(): Promise<void> {
        await untilSettled(this.client, this.orgs * AGENTS.length);
    }

    /** Agents that do not run the current image. */
    public countStale(): Promise<number> {
        return countOthers(this.client, IMAGES.current);
    }

    /** Ends the cluster and removes the project. */
    public async remove(): Promise<void> {
        this.client.close();
        fs.rmSync(this.project, { recursive: true, force: true });
        await this.cluster.stop();
    }

    private describe(): void {
        const slugs = Array.from({ length: this.orgs }, (_, index) => slugOf(index));
        const names = AGENTS.map((name) => name.slice("agent-".length));
        for (const slug of slugs) {
            fs.writeFileSync(
                path.join(this.project, "orgs", "bench", `${slug}.yaml`),
                stringify({
                    slug,
                    displayName: slug,
                    agents: names.map((name) => ({ name, runtime: "claude-code" })),
                }),
            );
        }
        const agent = { image: IMAGES.current, source: "pin", runtime: "claude-code", release: "v2" };
        fs.writeFileSync(
            path.join(this.project, "outputs.json"),
            JSON.stringify({
                agents: Object.fromEntries(
                    slugs.map((slug) => [slug, Object.fromEntries(names.map((name) => [name, agent]))]),
                ),
            }),
        );
    }
}

function slugOf(index: number): string {
    return `bench-${String(index).padStart(4, "0")}`;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const left = [...items];
    await Promise.all(
        Array.from({ length: CONCURRENCY }, async () => {
            for (let item = left.shift(); item !== undefined; item = left.shift()) {
                await work(item);
            }
        }),
    );
}
