import * as fs from "node:fs";
import * as path from "node:path";
import { type KubernetesObject, renderPlatform, renderStack } from "../../engine/renderStack";
import { formatManifests } from "../../engine/writeManifests";
import { AGENT_CONTAINER } from "../../images/metadata";
import { MendableError } from "../../lib/text/mendableError";
import type { Workspace } from "../workspace";
import type { ClusterView } from "./clusterView";
import type { Delivery, PlannedChange } from "./delivery";
import { RINGS, type Ring, STACK, referenceOf } from "./scenario";
import { runFleet } from "./story";

const FIELD_MANAGER = "customer-orgs-render";

type Outputs = Readonly<Record<string, unknown>>;

/** The programs evaluated without an engine, and their objects applied on the server's side. */
export function renderedDelivery(workspace: Workspace, cluster: ClusterView, why: string): Delivery {
    const fileOf = (stack: "platform" | Ring) => path.join(workspace.directory, `outputs-${stack}.json`);
    const exported = (stack: "platform" | Ring): Outputs =>
        fs.existsSync(fileOf(stack)) ? (JSON.parse(fs.readFileSync(fileOf(stack), "utf8")) as Outputs) : {};
    /** A stack's program; once its objects are applied, also what its agents prove. */
    const evaluate = async (stack: "platform" | Ring, applied: boolean) => {
        const own = applied ? exported(stack) : undefined;
        const options = { root: workspace.directory, now: new Date(), own };
        if (stack === "platform") {
            return renderPlatform({ ...options, stack: STACK });
        }
        const { runtimeImages } = exported(referenceOf(stack));
        const { customerOrgs, outputs } = await renderStack({ ...options, stack, runtimeImages });
        return { objects: customerOrgs, outputs };
    };
    return {
        hasState: false,
        promoteOptions: ["--config-only"],
        sources: {
            reference: ["--reference", fileOf("platform")],
            outputs: ["--no-engine", ...RINGS.flatMap((ring) => ["--outputs", `${ring}=${fileOf(ring)}`])],
        },
        sentence: `There is no Pulumi engine (${why}): the same programs are rendered, and applied with server-side apply.`,
        commands: {
            up: (stack) =>
                `npx fleet render --stack ${stack === "platform" ? STACK : stack} --only ${stack === "platform" ? stack : "customer-orgs"} | kubectl apply --server-side -f -`,
            preview: (ring) => `npx fleet render --stack ${ring} | kubectl diff --server-side -f -`,
            policy: `npx fleet render --stack ${STACK} | npx fleet check -f -`,
        },
        async up(stack) {
            await cluster.apply((await evaluate(stack, false)).objects, FIELD_MANAGER);
            try {
                const { outputs } = await evaluate(stack, true);
                // There was a cluster after all: what rendering puts in its place identifies none.
                fs.writeFileSync(fileOf(stack), JSON.stringify({ ...outputs, clusterUid: undefined }));
                return { outputs };
            } catch (error) {
                if (error instanceof MendableError) {
                    return { failed: error.message, outputs: exported(stack) };
                }
                throw error;
            }
        },
        async preview(ring, live) {
            const { objects } = await evaluate(ring, false);
            const running = new Map(live.map(({ key, image }) => [key, image]));
            return objects
                .flatMap((object): PlannedChange[] => {
                    const to = agentContainer(object)?.image;
                    return to === undefined || to === running.get(keyOf(object))
                        ? []
                        : [{ key: keyOf(object), to }];
                })
                .sort((a, b) => (a.key < b.key ? -1 : 1));
        },
        async tryImage(key, image) {
            const objects = structuredClone((await evaluate(STACK, false)).objects);
            const found = objects.find((object) => keyOf(object) === key);
            Object.assign(agentContainer(found) ?? {}, { image });
            const file = path.join(workspace.directory, "hotfix.yaml");
            fs.writeFileSync(file, formatManifests(objects));
            const { code, output } = await runFleet(["check", "--file", file]);
            if (code !== 0 && code !== 1) {
                throw new Error(`the policy check could not be run (exit code ${code}):\n${output}`);
            }
            return code === 1 ? output : undefined;
        },
    };
}

function keyOf({ metadata }: KubernetesObject): string {
    return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function agentContainer(object: KubernetesObject | undefined): { name: string; image: string } | undefined {
    if (object?.kind !== "Deployment") {
        return undefined;
    }
    const { template } = object["spec"] as {
        template: { spec: { containers: { name: string; image: string }[] } };
    };
    return template.spec.containers.find(({ name }) => name === AGENT_CONTAINER);
}
