import { OrgsDirectory, sampleOrg } from "../orgsDirectory";
import { DIGEST_A } from "../sampleImages";

/** A commit, by its digits. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** How the operator runs all stacks: `customer-orgs:operator` with nothing that may be left out. */
export const OPERATOR_SETTINGS = {
    repository: "https://github.com/acme/fleet.git",
    backend: "s3://acme-pulumi",
    image: `ghcr.io/acme/fleet-runner:2026-11@${DIGEST_A}`,
    namespace: "fleet",
    serviceAccount: "fleet",
} as const;

/** The checkout of a fleet of several stacks, each with one org. Removed by `remove`. */
export class OperatorProject extends OrgsDirectory {
    /**
     * @param stacks stack → what it reads
     * @param operator `customer-orgs:operator` in Pulumi.yaml; `null` for none
     */
    public constructor(
        stacks: Readonly<Record<string, string | readonly string[]>>,
        operator: object | null = OPERATOR_SETTINGS,
    ) {
        super();
        this.writeProject(operator);
        for (const [stack, reference] of Object.entries(stacks)) {
            this.writeStack(stack, reference);
        }
    }

    /** Writes Pulumi.yaml. */
    public writeProject(operator: object | null): void {
        this.write("Pulumi.yaml", {
            name: "customer-orgs",
            runtime: "nodejs",
            ...(operator !== null && { config: { "customer-orgs:operator": { value: operator } } }),
        });
    }

    /** Writes a stack's settings, and its org. */
    public writeStack(stack: string, reference: string | readonly string[], settings: object = {}): void {
        this.write(`orgs/${stack}/acme.yaml`, sampleOrg("acme"));
        this.write(`Pulumi.${stack}.yaml`, {
            config: {
                "customer-orgs:referenceStack": reference,
                "customer-orgs:orgs": `orgs/${stack}`,
                "customer-orgs:kubeContext": "prod",
                ...settings,
            },
        });
    }
}

/** A fleet of three rings, the middle one of two stacks. */
export const THREE_RINGS = {
    canary: "organization/platform/prod",
    "early-eu": "organization/customer-orgs/canary",
    "early-us": "canary",
    prod: ["organization/customer-orgs/early-eu", "organization/customer-orgs/early-us"],
} as const;
