import * as fs from "node:fs";
import * as path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../lib/text/configError";
import { admissionPolicy } from "../policy/admission/admissionPolicy";
import { MendableError } from "../lib/text/mendableError";
import type { PlatformConfig } from "./platformConfig";
import { inOurNamespaces } from "./tenancyRules";

/** The rule that the cluster itself enforces too. */
const RULE = "require-immutable-images";

/** What {@link ImageAdmission} is made from. */
export interface ImageAdmissionArgs {
    readonly settings: NonNullable<PlatformConfig["admissionPolicy"]>;
    /** The namespace of the core fleet. */
    readonly coreNamespace: string;
    /** The project's root, against which the pack's config is found. */
    readonly root: string;
    /** The moment at which exemptions are judged. */
    readonly now: Date;
}

/** The cluster's own refusal of mutable images, for what does not come through Pulumi: the pack's first rule as CEL. */
export class ImageAdmission extends pulumi.ComponentResource {
    public constructor(name: string, args: ImageAdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("platform:index:ImageAdmission", name, {}, opts);
        const { packConfig, exemptNamespaces, validationActions, allNamespaces } = args.settings;
        const config = packConfig === undefined ? undefined : readRuleConfig(args.root, packConfig);
        let objects: ReturnType<typeof admissionPolicy>;
        try {
            objects = admissionPolicy({
                now: args.now,
                ...(config === undefined ? {} : { config }),
                ...(exemptNamespaces === undefined ? {} : { exemptNamespaces }),
                validationActions,
            });
        } catch (error) {
            throw error instanceof MendableError
                ? new ConfigError([`${packConfig ?? "the admission policy"}: ${error.message}`])
                : error;
        }
        const policy = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
            name,
            {
                ...objects.policy,
                spec: {
                    ...objects.policy.spec,
                    ...(allNamespaces
                        ? {}
                        : {
                              matchConditions: [
                                  { name: "ours", expression: inOurNamespaces(args.coreNamespace) },
                              ],
                          }),
                },
            } as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyArgs,
            { parent: this },
        );
        new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            name,
            objects.binding as unknown as kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBindingArgs,
            { parent: this, dependsOn: policy },
        );
        this.registerOutputs({});
    }
}

/** The rule's part of the policy pack's config, so that pack and cluster agree. */
function readRuleConfig(root: string, file: string): Readonly<Record<string, unknown>> {
    let parsed: unknown;
    try {
        parsed = JSON.parse(fs.readFileSync(path.resolve(root, file), "utf8"));
    } catch (error) {
        throw new ConfigError([
            `platform:admissionPolicy.packConfig: "${file}": expected the policy pack's config as JSON: ${(error as Error).message}`,
        ]);
    }
    const rule: unknown = (parsed as Record<string, unknown> | null)?.[RULE];
    if (typeof rule !== "object" || rule === null) {
        return {};
    }
    return Object.fromEntries(Object.entries(rule).filter(([key]) => key !== "enforcementLevel"));
}
