import * as fs from "node:fs";
import * as path from "node:path";
import { type KubernetesObject, renderPlatform, renderStack } from "../../engine/renderStack";
import { formatManifests } from "../../engine/writeManifests";
import { AGENT_CONTAINER } from "../../images/metadata";
import type { Workspace } from "../workspace";
import type { ClusterView, LiveAgent } from "./clusterView";
import type { Delivery, PlannedChange } from "./delivery";
import { runProjectCommand } from "./projectCommand";
import { STACK } from "./scenario";

const FIELD_MANAGER = "customer-orgs-render";

/** The programs evaluated without an engine, and their objects applied on the server's side. */
export function renderedDelivery(workspace: Workspace, cluster: ClusterView, why: string): Delivery {
    const render = () => renderStack({ stack: STACK, root: workspace.directory, now: new Date() });
    const reference = path.join(workspace.directory, "platform-outputs.json");
    const own = path.join(workspace.directory, "outputs.json");
    return {
        hasState: false,
        promoteOptions: ["--config-only"],
        fleetSources: ["--no-engine", "--reference", reference, "--outputs", `${STACK}=${own}`],
        sentence: `There is no Pulumi engine (${why}): the same programs are rendered, and applied with server-side apply.`,
        commands: {
            platformUp: `npx fleet render --stack ${STACK} --only platform | kubectl apply --server-side -f -`,
            orgsUp: `npx fleet render --stack ${STACK} --only customer-orgs | kubectl apply --server-side -f -`,
            preview: `npx fleet render --stack ${STACK} | kubectl diff --server-side -f -`,
            policy: `npx fleet render --stack ${STACK} | npx fleet check -f -`,
        },
        async platformUp() {
            const { objects, outputs } = await renderPlatform({
                stack: STACK,
                root: workspace.directory,
                now: new Date(),
            });
            await cluster.apply(objects, FIELD_MANAGER);
            await cluster.waitForRollout("agents");
            fs.writeFileSync(reference, JSON.stringify({ runtimeImages: outputs["runtimeImages"] }));
            return outputs["runtimeImages"];
        },
        async orgsUp() {
            const { customerOrgs, outputs } = await render();
            await cluster.apply(namespacesFirst(customerOrgs), FIELD_MANAGER);
            await cluster.waitForRollout("org-");
            // There was a cluster after all: what rendering puts in its place identifies none.
            fs.writeFileSync(own, JSON.stringify({ ...outputs, clusterUid: undefined }));
        },
        async preview(live) {
            const { customerOrgs } = await render();
            return plannedChanges(customerOrgs, live);
        },
        async tryImage(key, image) {
            const { customerOrgs } = await render();
            const file = path.join(workspace.directory, "hotfix.yaml");
            fs.writeFileSync(file, formatManifests(withImage(customerOrgs, key, image)));
            const { code, output } = await runProjectCommand("policy", ["--file", file]);
            if (code !== 0 && code !== 1) {
                throw new Error(`the policy check could not be run (exit code ${code}):\n${output}`);
            }
            return code === 1 ? output : undefined;
        },
    };
}

function namespacesFirst(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
    const rank = ({ kind }: KubernetesObject) => (kind === "Namespace" ? 0 : kind === "Deployment" ? 2 : 1);
    return [...objects].sort((a, b) => rank(a) - rank(b));
}

function plannedChanges(objects: readonly KubernetesObject[], live: readonly LiveAgent[]): PlannedChange[] {
    const running = new Map(live.map(({ key, image }) => [key, image]));
    return objects
        .flatMap((object): PlannedChange[] => {
            const to = agentContainer(object)?.image;
            const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
            const from = running.get(key);
            return to === undefined || to === from
                ? []
                : [{ key, to, ...(from === undefined ? {} : { from }) }];
        })
        .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function withImage(objects: readonly KubernetesObject[], key: string, image: string): KubernetesObject[] {
    return objects.map((object) => {
        if (`${object.metadata.namespace ?? ""}/${object.metadata.name}` !== key) {
            return object;
        }
        const changed = structuredClone(object);
        const container = agentContainer(changed);
        if (container !== undefined) {
            container.image = image;
        }
        return changed;
    });
}

function agentContainer(object: KubernetesObject): { name: string; image: string } | undefined {
    if (object.kind !== "Deployment") {
        return undefined;
    }
    const { template } = object["spec"] as {
        template: { spec: { containers: { name: string; image: string }[] } };
    };
    return template.spec.containers.find(({ name }) => name === AGENT_CONTAINER);
}
