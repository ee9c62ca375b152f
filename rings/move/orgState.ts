import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";

/** A resource of a stack's state, as `pulumi stack export` writes it. */
export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly parent?: string;
    readonly outputs?: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
}

/** The part of a stack's state that is looked at; all else is handed on as it is. */
export interface StackDeployment {
    readonly resources?: readonly StateResource[] | null;
    readonly [field: string]: unknown;
}

type Outputs = Readonly<Record<string, unknown>>;
type ByOrg = Readonly<Record<string, unknown>>;

/** The org's component: everything that the stack made of the org is below it. */
export function orgUrn(stack: string, slug: string): string {
    return `urn:pulumi:${stack}::${CUSTOMER_ORGS_PROJECT}::customer-orgs:index:CustomerOrg::${slug}`;
}

/** Whether a stack's state has the org's component. */
export function hasOrg({ resources }: StackDeployment, stack: string, slug: string): boolean {
    return resources?.some(({ urn }) => urn === orgUrn(stack, slug)) === true;
}

/** The state without an org's component and all that is below it: for what another stack's state has whole. */
export function withoutOrg(deployment: StackDeployment, stack: string, slug: string): StackDeployment {
    const gone = new Set([orgUrn(stack, slug)]);
    const resources = deployment.resources ?? [];
    for (let before = -1; before !== gone.size;) {
        before = gone.size;
        for (const { urn, parent } of resources) {
            if (parent !== undefined && gone.has(parent)) {
                gone.add(urn);
            }
        }
    }
    return { ...deployment, resources: resources.filter(({ urn }) => !gone.has(urn)) };
}

/** Whether a stack's outputs say that it has deployed the org. */
export function namesOrg(deployment: StackDeployment, slug: string): boolean {
    return Object.hasOwn(agentsIn(outputsOf(deployment)), slug);
}

/** The state of the stack that an org came to, its outputs saying of the org what the other stack's said. */
export function takeOrg(to: StackDeployment, from: StackDeployment, slug: string): StackDeployment {
    const said = agentsIn(outputsOf(from))[slug];
    return changeOutputs(to, (outputs) => ({ ...outputs, agents: { ...agentsIn(outputs), [slug]: said } }));
}

/** The state of the stack that an org has left, its outputs without the org. */
export function forgetOrg(from: StackDeployment, slug: string): StackDeployment {
    return changeOutputs(from, (outputs) => {
        const others = Object.entries(agentsIn(outputs)).filter(([org]) => org !== slug);
        return { ...outputs, agents: Object.fromEntries(others) };
    });
}

/**
 * The state of a new stack whose orgs all come from another one, its outputs saying what that one has proven: they are the agents that
 * really ran it, and what was proven in a ring is accepted in every part of it.
 */
export function takeProof(to: StackDeployment, from: StackDeployment): StackDeployment {
    const { proof, runtimeImages } = outputsOf(from);
    return changeOutputs(to, (outputs) => ({ ...outputs, proof, runtimeImages }));
}

function outputsOf({ resources }: StackDeployment): Outputs {
    return resources?.find(isRoot)?.outputs ?? {};
}

function changeOutputs(deployment: StackDeployment, change: (outputs: Outputs) => Outputs): StackDeployment {
    return {
        ...deployment,
        resources: (deployment.resources ?? []).map((each) =>
            isRoot(each) ? { ...each, outputs: change(each.outputs ?? {}) } : each,
        ),
    };
}

function isRoot({ type }: StateResource): boolean {
    return type === "pulumi:pulumi:Stack";
}

function agentsIn({ agents }: Outputs): ByOrg {
    return typeof agents === "object" && agents !== null ? (agents as ByOrg) : {};
}
