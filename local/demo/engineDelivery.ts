import * as fs from "node:fs";
import * as path from "node:path";
import { type EnginePreview, previewStack } from "../../engine/enginePreview";
import { describeEngineFailure } from "../../engine/engineFailure";
import { runUpdate } from "../../engine/runUpdate";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import type { Workspace } from "../workspace";
import type { Delivery } from "./delivery";
import { type Ring, STACK } from "./scenario";

const PACK = path.join(PACKAGE_ROOT, "policy");

/** `pulumi up` and `pulumi preview`. */
export function engineDelivery(workspace: Workspace, engine: string, registry: string): Delivery {
    const preview = async (stack: Ring, policyConfig?: string): Promise<EnginePreview> => {
        const found = await previewStack({
            project: workspace.directory,
            stack,
            env: workspace.env,
            policyPack: policyConfig && PACK,
            policyConfig,
        });
        // Whatever else a preview failed with is no refusal of the pack's.
        if (found.errors.length > 0 && !found.findings.some(({ mandatory }) => mandatory)) {
            throw new Error(found.errors.join("\n"));
        }
        return found;
    };
    return {
        sources: { reference: [], outputs: [] },
        hasState: true,
        promoteOptions: [],
        sentence: `A Pulumi engine answers (${engine}): the programs are deployed with "pulumi up".`,
        commands: {
            up: (stack) =>
                `npx pulumi up --stack ${stack === "platform" ? `${STACK} --cwd platform` : stack}`,
            preview: (ring) => `npx pulumi preview --stack ${ring} --diff`,
            policy: `npx pulumi preview --stack ${STACK} --policy-pack policy --policy-pack-config policy/config/${STACK}.json`,
        },
        async up(stack) {
            const project = stack === "platform" ? stack : "customer-orgs";
            const name = stack === "platform" ? STACK : stack;
            const opened = await workspace.stack(project, name);
            // In a process group of its own, which ends with an interrupted demo.
            const update = { workDir: workspace.project(project), stack: name, message: "demo" };
            const failed = await runUpdate({ ...update, env: workspace.env }).then(
                () => undefined,
                (error: unknown) => describeEngineFailure(error, workspace.project(project), name),
            );
            const outputs = Object.entries(await opened.outputs());
            return { failed, outputs: Object.fromEntries(outputs.map(([key, { value }]) => [key, value])) };
        },
        async preview(ring) {
            const { changes } = await preview(ring);
            return changes
                .flatMap(({ namespace = "", name = "", image }) =>
                    image?.to === undefined ? [] : [{ key: `${namespace}/${name}`, to: image.to }],
                )
                .sort((a, b) => (a.key < b.key ? -1 : 1));
        },
        async tryImage(key, image) {
            const entry = path.join(workspace.directory, "index.ts");
            fs.rmSync(entry);
            fs.writeFileSync(entry, hotfix(key, image));
            try {
                // As "pulumi up" begins, when nobody skips its preview: during an update the pack would stop the one
                // Deployment, while others are being changed.
                const { findings } = await preview(STACK, workspace.writePackConfig(STACK, registry));
                const refusals = findings.filter(({ mandatory }) => mandatory);
                return refusals.length === 0
                    ? undefined
                    : refusals.map(({ policy, message }) => `${policy}: ${message}`).join("\n");
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
