import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import { type KubeClient, connectKube } from "../../kube/kubeClient";
import { type EmbeddedCluster, startCluster } from "../../local/cluster/startCluster";
import { Workspace } from "../../local/workspace";
import { REFERENCE, deployReference, runtimeImagesOf } from "../../test/support/referenceProject";

const run = promisify(execFile);

/** The one runtime: a release of it changes every agent. */
const RUNTIME = "claude-code";

/** The annotation by which a pod of the embedded cluster starts late (docs/cluster.md). */
const START_AFTER = "local.customer-orgs/start-after";

/** Stands for every stack of the fleet, as the argument of `fleet rollout`. */
export const STACKS = "bench";

/** How the orgs are put into stacks. */
export interface StackedOptions {
    readonly orgs: number;
    /** Orgs of a stack; the last one may have fewer. */
    readonly perStack: number;
}

/** The image of a release. Releases are told apart by a digit. */
export function imageOf(release: number): string {
    return `ghcr.io/genbrain/${RUNTIME}@sha256:${String(release).repeat(64)}`;
}

/**
 * Orgs with one agent each, in stacks of two rings, on a cluster of their own: the first stack reads the platform, all others read the
 * first. Nothing is deployed when it is made, but the platform's pin.
 */
export class StackedFleet {
    private constructor(
        private readonly cluster: EmbeddedCluster,
        private readonly workspace: Workspace,
        public readonly client: KubeClient,
        public readonly options: StackedOptions,
        private readonly stacks: readonly string[],
    ) {}

    /** Starts the cluster, writes the files, makes the empty stacks, and pins the first release. */
    public static async create(options: StackedOptions, log: (line: string) => void): Promise<StackedFleet> {
        const { orgs, perStack } = options;
        const name = `bench-rollout-${process.pid}-${orgs}`;
        const cluster = await startCluster({ name, owned: true, log });
        const workspace = Workspace.create(cluster.kubeconfigPath);
        const { kubeconfigPath: kubeconfig, context } = cluster;
        const client = await connectKube({ kubeconfig, context });
        const stacks = Array.from({ length: Math.ceil(orgs / perStack) }, (_, index) =>
            index === 0 ? STACKS : `${STACKS}-${index + 1}`,
        );
        const fleet = new StackedFleet(cluster, workspace, client, options, stacks);
        try {
            fleet.writeOrgs();
            fleet.configure({});
            await fleet.release(1);
            for (const stack of stacks) {
                await fleet.engine("stack", "init", stack);
            }
            return fleet;
        } catch (error) {
            await fleet.remove();
            throw error;
        }
    }

    /** Where `fleet` is to be run, with the engine's environment. */
    public get project(): string {
        return this.workspace.directory;
    }

    /** The environment that the engine needs for these stacks. */
    public get env(): Readonly<Record<string, string>> {
        return this.workspace.env;
    }

    public get kubeconfig(): string {
        return this.cluster.kubeconfigPath;
    }

    public get stackCount(): number {
        return this.stacks.length;
    }

    /** Has the platform pin a release; nothing else is touched. */
    public async release(release: number): Promise<void> {
        await deployReference(
            this.workspace,
            runtimeImagesOf({ [RUNTIME]: imageOf(release) }, `v${release}`),
        );
    }

    /** From the next update on every pod needs so long to become ready: `30s`. */
    public slowDown(time: string): void {
        this.configure({ podAnnotations: { [START_AFTER]: time } });
    }

    /** Ends the cluster and removes the files. */
    public async remove(): Promise<void> {
        this.client.close();
        this.workspace.remove();
        await this.cluster.stop();
    }

    private writeOrgs(): void {
        const { orgs, perStack } = this.options;
        for (let index = 0; index < orgs; index++) {
            const slug = `bench-${String(index).padStart(4, "0")}`;
            this.workspace.writeOrg(this.stacks[Math.floor(index / perStack)] ?? STACKS, slug, {
                slug,
                displayName: slug,
                agents: [{ name: "main", runtime: RUNTIME }],
            });
        }
    }

    /** The first ring rolls as few agents at a time as by default; the rings behind it roll all of a stack. */
    private configure(profile: object): void {
        for (const [index, stack] of this.stacks.entries()) {
            const reads = index === 0 ? REFERENCE : `organization/customer-orgs/${STACKS}`;
            this.workspace.writeSettings("customer-orgs", stack, {
                "customer-orgs:referenceStack": reads,
                "customer-orgs:orgs": path.join("orgs", stack),
                "customer-orgs:kubeContext": this.cluster.context,
                "customer-orgs:defaults": { minReadySeconds: 0, ...profile },
                ...(index > 0 && { "customer-orgs:gate": { parallel: this.options.perStack } }),
            });
        }
    }

    private async engine(...args: readonly string[]): Promise<void> {
        await run("pulumi", [...args, "--non-interactive"], {
            cwd: this.project,
            env: { ...process.env, ...this.env },
        });
    }
}
