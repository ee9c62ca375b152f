import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { tenancyPolicies } from "./tenancyPolicies";
import type { TenancyOptions } from "./tenancyRules";

/** What the cluster holds tenants to: see {@link tenancyPolicies}. */
export class TenancyAdmission extends pulumi.ComponentResource {
    public constructor(name: string, options: TenancyOptions, opts?: pulumi.ComponentResourceOptions) {
        super("platform:index:TenancyAdmission", name, {}, opts);
        for (const { policy, binding } of tenancyPolicies(options)) {
            const declared = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
                policy.metadata.name,
                policy as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyArgs,
                { parent: this },
            );
            new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
                binding.metadata.name,
                binding as unknown as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBindingArgs,
                { parent: this, dependsOn: declared },
            );
        }
        this.registerOutputs({});
    }
}
