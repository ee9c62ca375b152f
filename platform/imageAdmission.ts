import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../lib/text/configError";
import { admissionPolicy } from "../policy/admission/admissionPolicy";
import { MendableError } from "../lib/text/mendableError";
import type { PlatformConfig } from "./platformConfig";
import { declarePolicy } from "./tenancyAdmission";
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
        const ours = [{ name: "ours", expression: inOurNamespaces(args.coreNamespace) }];
        try {
            const { policy, binding } = admissionPolicy({
                now: args.now,
                config,
                exemptNamespaces,
                validationActions,
            });
            const spec = allNamespaces ? policy.spec : { ...policy.spec, matchConditions: ours };
            declarePolicy({ policy: { ...policy, spec }, binding }, this);
        } catch (error) {
            throw error instanceof MendableError
                ? new ConfigError([`${packConfig ?? "the admission policy"}: ${error.message}`])
                : error;
        }
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
