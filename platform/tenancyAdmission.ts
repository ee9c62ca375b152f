import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { tenancyPolicies } from "./tenancyPolicies";
import type { PolicyPair, TenancyOptions } from "./tenancyRules";

/** What the cluster holds tenants to: see {@link tenancyPolicies}. */
export class TenancyAdmission extends pulumi.ComponentResource {
    public constructor(name: string, options: TenancyOptions, opts?: pulumi.ComponentResourceOptions) {
        super("platform:index:TenancyAdmission", name, {}, opts);
        tenancyPolicies(options).forEach((pair) => {
            declarePolicy(pair, this);
        });
        this.registerOutputs({});
    }
}

/** A policy, and then its binding, each by the name that it has in the cluster. */
export function declarePolicy({ policy, binding }: PolicyPair, parent: pulumi.Resource): void {
    const { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } =
        kubernetes.admissionregistration.v1;
    const declared = new ValidatingAdmissionPolicy(
        policy.metadata.name,
        policy as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyArgs,
        { parent },
    );
    new ValidatingAdmissionPolicyBinding(
        binding.metadata.name,
        binding as unknown as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBindingArgs,
        { parent, dependsOn: declared },
    );
}
