import assert from "node:assert/strict";
import { compareFleet } from "../../fleet/stale/compareFleet";
import type { AgentTarget, FleetFacts, StackFacts } from "../../fleet/stale/fleetFacts";
import type { FleetReport } from "../../fleet/stale/fleetReport";
import type { DeployedAgent } from "../../config/describeAgents";
import type { ImageChoice } from "../../images/chooseImage";
import { type ImageReference, readImage } from "../../images/imageReference";
import type { ImageOverride } from "../../images/imageOverride";
import type { LiveDeployment, LivePod } from "../../kube/liveObjects";
import type { LiveCluster } from "../../kube/readCluster";
import { deployment, image, pod } from "./liveObjects";

/** When everything is compared. */
const NOW = new Date("2026-07-01T12:00:00Z");

/** Image as text. */
type Written<T> = Partial<Omit<T, "image">> & { readonly image?: string };

/** What `acme/coder` should run: `claude-code` at digest 1, unless a test says otherwise. */
export function target({
    image: text = image("1"),
    ...parts
}: Written<Omit<ImageChoice, "override">> & { override?: Partial<ImageOverride> } = {}): AgentTarget {
    const read = readImage(text) as ImageReference;
    const why = { owner: "support", reason: "Ticket 4711", expires: "2026-12-31" };
    const override = parts.override && { image: read, ...why, ...parts.override };
    return {
        org: "acme",
        agent: "coder",
        runtime: "claude-code",
        chosen: { ok: true, choice: { image: read, source: "pin", release: "v1", ...parts, override } },
    };
}

/** What was deployed of it. */
export function deployed({ image: text = image("1"), ...parts }: Written<DeployedAgent> = {}): DeployedAgent {
    return {
        stack: "prod",
        org: "acme",
        agent: "coder",
        runtime: "claude-code",
        image: readImage(text),
        source: "pin",
        ...parts,
    };
}

/** A cluster with some Deployments; pods count as not read where none are given. */
export function cluster(
    deployments: readonly LiveDeployment[],
    pods: readonly LivePod[] = [],
    more: Partial<LiveCluster> = {},
): LiveCluster {
    const names = [...new Set(deployments.map(({ namespace }) => namespace))];
    return {
        uid: "cluster",
        namespaces: names.map((name) => ({ name, uid: name, labels: {}, deleting: false })),
        deployments,
        pods,
        workloads: [],
        leftOut: new Map(),
        problems: [],
        ...more,
    };
}

/** What a test says of one stack on one cluster; the rest is that of one agent that is as it should be. */
export type FactParts = Partial<Omit<FleetFacts, "stacks" | "clusters"> & StackFacts> & {
    readonly live?: LiveCluster;
};

/** Compares one stack with its cluster. */
export function compare(parts: FactParts): FleetReport {
    const { live = "live" in parts ? undefined : cluster([deployment()], [pod()]), ...rest } = parts;
    return compareFleet({
        stacks: [
            {
                stack: "prod",
                cluster: "prod",
                targets: [target()],
                deployed: [deployed()],
                unread: [],
                ...rest,
            },
        ],
        clusters: [{ context: "prod", live, pods: (live?.pods.length ?? 0) > 0 }],
        vetoes: new Map(),
        platformsOf: () => undefined,
        isExcluded: () => false,
        allStacks: false,
        gaps: [],
        now: NOW,
        ...rest,
    });
}

/** The one row's status and notes. */
export function judged(parts: FactParts): { status: string; notes: string } {
    const { rows } = compare(parts);
    assert.equal(rows.length, 1, JSON.stringify(rows));
    return { status: rows[0]?.status ?? "", notes: (rows[0]?.notes ?? []).join("; ") };
}
