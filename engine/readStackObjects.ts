import type { KubernetesObject } from "./renderStack";
import { objectsOfManifest } from "../policy/kubernetes/checkedObject";
import type { CheckInput, InputObject } from "../policy/check/checkInput";
import { messageOf } from "../lib/text/mendableError";

/** The objects of both programs of an environment, and what the customer-orgs stack would pass on. */
export interface StackInput {
    readonly input: CheckInput;
    /** The output `runtimeImages`: the pins that the agents are compared with. */
    readonly runtimeImages: unknown;
}

/**
 * Renders the platform and the customer-orgs stack of an environment, with no engine and no cluster. Never throws: a stack that
 * cannot be rendered is a problem of the input.
 *
 * @param root The folder of Pulumi.yaml.
 */
export async function readStack(stack: string, root: string, now: Date): Promise<StackInput> {
    try {
        // Loaded only here: the Pulumi SDK takes longer to load than a thousand manifests to check.
        const { renderStack } = await import("./renderStack");
        const { platform, customerOrgs, outputs } = await renderStack({ stack, root, now, asIfProven: true });
        const objects = [
            ...toInput(platform, `platform stack "${stack}"`),
            ...toInput(customerOrgs, `customer-orgs stack "${stack}"`),
        ];
        const problems =
            objects.length === 0 ? [`stack "${stack}": renders no object, so nothing was checked`] : [];
        return {
            input: { objects, resources: [], problems, notes: [] },
            runtimeImages: outputs["runtimeImages"],
        };
    } catch (error) {
        const why = messageOf(error);
        const problems = [`stack "${stack}": cannot be rendered: ${why}`];
        return { input: { objects: [], resources: [], problems, notes: [] }, runtimeImages: undefined };
    }
}

function toInput(manifests: readonly KubernetesObject[], origin: string): InputObject[] {
    return manifests.flatMap((manifest) =>
        (objectsOfManifest(manifest, origin) ?? []).map((object) => ({ object, origin })),
    );
}
