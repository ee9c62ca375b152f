import * as fs from "node:fs";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { AGENT_CONTAINER } from "../../images/metadata";
import type { Workspace } from "../workspace";
import type { Delivery, PlannedChange } from "./delivery";
import { STACK } from "./scenario";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

const PACK = path.join(PACKAGE_ROOT, "policy");

/** `pulumi up` and `pulumi preview`, through the Automation API. */
export function engineDelivery(workspace: Workspace, engine: string, registry: string): Delivery {
    return {
        fleetSources: [],
        hasState: true,
        promoteOptions: [],
        sentence: `A Pulumi engine answers (${engine}): the programs are deployed with "pulumi up".`,
        commands: {
            platformUp: `npx pulumi up --stack ${STACK} --cwd platform`,
            orgsUp: `npx pulumi up --stack ${STACK}`,
            preview: `npx pulumi preview --stack ${STACK} --diff`,
            policy: `npx pulumi preview --stack ${STACK} --policy-pack policy --policy-pack-config policy/config/${STACK}.json`,
        },
        async platformUp() {
            const stack = await workspace.stack("platform", STACK);
            const { outputs } = await stack.up();
            return outputs["runtimeImages"]?.value as unknown;
        },
        async orgsUp() {
            const stack = await workspace.stack("customer-orgs", STACK);
            await stack.up();
        },
        async preview() {
            const changes: PlannedChange[] = [];
            const stack = await workspace.stack("customer-orgs", STACK);
            await stack.preview({ onEvent: (event) => changes.push(...plannedChange(event)) });
            return changes.sort((a, b) => (a.key < b.key ? -1 : 1));
        },
        async tryImage(key, image) {
            const entry = path.join(workspace.directory, "index.ts");
            fs.rmSync(entry);
            fs.writeFileSync(entry, hotfix(key, image));
            const said: string[] = [];
            try {
                const stack = await workspace.stack("customer-orgs", STACK);
                // As "pulumi up" begins, when nobody skips its preview: during an update the pack would stop the one
                // Deployment, while others are being changed.
                await stack.preview({
                    policyPacks: [PACK],
                    policyPackConfigs: [workspace.writePackConfig(STACK, registry)],
                    onEvent: ({ policyEvent }) => {
                        if (policyEvent?.enforcementLevel === "mandatory") {
                            said.push(`${policyEvent.policyName}: ${policyEvent.message.trim()}`);
                        }
                    },
                });
                return undefined;
            } catch (error) {
                // Whatever else it failed with is no refusal.
                if (said.length === 0) {
                    throw error;
                }
                return said.join("\n");
            } finally {
                fs.rmSync(entry);
                fs.symlinkSync(path.join(PACKAGE_ROOT, "index.ts"), entry);
            }
        },
    };
}

/** The committed program with one image changed on the way to the engine, as a hurried hand might do it. */
function hotfix(key: string, image: string): string {
    return `import * as pulumi from "@pulumi/pulumi";
pulumi.runtime.registerResourceTransform((args) => {
    const { metadata, spec } = args.props;
    if (args.type !== "kubernetes:apps/v1:Deployment" || \`\${metadata.namespace}/\${metadata.name}\` !== ${JSON.stringify(key)}) {
        return undefined;
    }
    spec.template.spec.containers[0].image = ${JSON.stringify(image)};
    return { props: args.props, opts: args.opts };
});
export = require(${JSON.stringify(path.join(PACKAGE_ROOT, "index"))});
`;
}

function plannedChange({ resourcePreEvent }: EngineEvent): PlannedChange[] {
    const metadata = resourcePreEvent?.metadata;
    if (metadata === undefined || !/:Deployment$/.test(metadata.type) || metadata.op === "same") {
        return [];
    }
    const [before, after] = [describe(metadata.old?.inputs), describe(metadata.new?.inputs)];
    if (after === undefined || before?.image === after.image) {
        return [];
    }
    return [{ key: after.key, to: after.image, ...(before === undefined ? {} : { from: before.image }) }];
}

/** The few fields of a Deployment's inputs that are read here; an event's inputs are untyped. */
interface DeploymentInputs {
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
    readonly spec?: {
        readonly template?: { readonly spec?: { readonly containers?: readonly Record<string, unknown>[] } };
    };
}

function describe(inputs: Record<string, unknown> | undefined): { key: string; image: string } | undefined {
    const { metadata, spec } = (inputs ?? {}) as DeploymentInputs;
    const container = spec?.template?.spec?.containers?.find(({ name }) => name === AGENT_CONTAINER);
    return typeof container?.["image"] === "string"
        ? { key: `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`, image: container["image"] }
        : undefined;
}
