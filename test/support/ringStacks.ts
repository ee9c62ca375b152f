import assert from "node:assert/strict";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { connectKube } from "../../kube/kubeClient";
import { parseProof, type RuntimeProof } from "../../proof/proofRecord";
import { deployReference, runtimeImagesOf } from "./referenceProject";
import type { EngineSuite } from "./useEngine";

/** The one runtime of these stacks. */
const RING_RUNTIME = "platform-agent";

/** What of a ring a test says otherwise. */
export interface RingOptions {
    /** The stack that it reads; `organization/reference/test` is the platform's place. */
    readonly reference: string;
    /** Org → what its file says beside one agent `main`. */
    readonly orgs: Readonly<Record<string, object>>;
    readonly settings?: object;
}

/** One stack of a chain, in a suite's workspace. */
export class RingStack {
    private constructor(
        public readonly name: string,
        private readonly suite: EngineSuite,
        public readonly stack: Stack,
    ) {}

    /** Writes the stack's files, and makes the stack. */
    public static async create(
        suite: EngineSuite,
        name: string,
        { reference, orgs, settings }: RingOptions,
    ): Promise<RingStack> {
        const { workspace, cluster } = suite;
        for (const [slug, more] of Object.entries(orgs)) {
            workspace.writeOrg(name, slug, {
                slug,
                displayName: slug,
                agents: [{ name: "main", runtime: RING_RUNTIME }],
                ...more,
            });
        }
        workspace.writeSettings("customer-orgs", name, {
            "customer-orgs:referenceStack": reference,
            "customer-orgs:orgs": `orgs/${name}`,
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 20, minReadySeconds: 0 },
            ...settings,
        });
        return new RingStack(name, suite, await workspace.stack("customer-orgs", name));
    }

    /** What it would be referred to by. */
    public get reference(): string {
        return `organization/customer-orgs/${this.name}`;
    }

    /** Changes its settings: `{ "customer-orgs:gate": … }`. */
    public configure(reference: string, settings: object): void {
        this.suite.workspace.writeSettings("customer-orgs", this.name, {
            "customer-orgs:referenceStack": reference,
            "customer-orgs:orgs": `orgs/${this.name}`,
            "customer-orgs:kubeContext": this.suite.cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 20, minReadySeconds: 0 },
            ...settings,
        });
    }

    /** Runs `up`, and answers what the stack exports then and what was printed; an `up` that fails is an answer too. */
    public async up(): Promise<{ failed?: string; release?: string; proof: RuntimeProof; printed: string }> {
        let failed: string | undefined;
        let printed = "";
        try {
            const { stdout, stderr } = await this.stack.up({ color: "never" });
            printed = stdout + stderr;
        } catch (error) {
            failed = error instanceof Error ? error.message : String(error);
        }
        return { failed, printed, ...readRelease(await this.stack.outputs()) };
    }
}

function readRelease(outputs: OutputMap): { release?: string; proof: RuntimeProof } {
    const proof = parseProof(outputs["proof"]?.value)?.get(RING_RUNTIME) ?? {};
    const runtimes = (
        outputs["runtimeImages"]?.value as { runtimes?: Record<string, { release: string }> } | undefined
    )?.runtimes;
    return { release: runtimes?.[RING_RUNTIME]?.release, proof };
}

/** A release of the chain's platform: told apart by a digest of one repeated digit, or by its whole digest. */
export async function publish(suite: EngineSuite, release: string, digit: string): Promise<string> {
    const digest = digit.length === 64 ? digit : digit.repeat(64);
    const image = `ghcr.io/genbrain/platform-agent@sha256:${digest}`;
    await deployReference(suite.workspace, runtimeImagesOf({ [RING_RUNTIME]: image }, release));
    return image;
}

/** Changes the status of the agent's container in the one pod of an org, as the node would. */
export async function changeContainer({ cluster }: EngineSuite, org: string, change: object): Promise<void> {
    const client = await connectKube({ kubeconfig: cluster.kubeconfigPath, context: cluster.context });
    const path = `/api/v1/namespaces/org-${org}/pods`;
    const { items } = (await client.request({ path })) as {
        items: { metadata: { name: string }; status: { containerStatuses: object[] } }[];
    };
    const [pod] = items;
    assert.ok(pod !== undefined && items.length === 1, `${items.length} pods`);
    await client.request({
        method: "PATCH",
        path: `${path}/${pod.metadata.name}/status`,
        contentType: "application/merge-patch+json",
        body: {
            status: {
                containerStatuses: pod.status.containerStatuses.map((each) => ({ ...each, ...change })),
            },
        },
    });
    client.close();
}
