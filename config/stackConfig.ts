import { z } from "zod";
import { quoteValue } from "../lib/text/quoteValue";
import { imageOverrideSchema } from "../images/imageOverride";
import { anyImageSchema } from "../images/imageSchemas";
import { byRuntime } from "../images/runtimeImages";
import { checkProfile, profileSchema, profileWords } from "./agent/profileSchema";
import { freezeWindowSchema } from "./freezeWindow";
import { externalSecretsSchema } from "./externalSecrets";
import { gateSchema } from "./gate";
import { prohibitionWords } from "./prohibition";
import { networkSchema } from "./network";
import { objectNameSchema } from "./kubernetesNames";
import { operatorSchema } from "./operatorSettings";
import { quotaSchema } from "./quota";
import { parseSetting } from "./readProjectConfig";

/** Runtime → what every agent of it gets. */
export const runtimeProfilesSchema = byRuntime(profileSchema).prefault({});

/** Runtime → what every agent of it gets. */
export type RuntimeProfiles = z.infer<typeof runtimeProfilesSchema>;

/** Repositories from which, and from below which, the images of sidecars may come. */
export const sidecarRepositoriesSchema = z.array(anyImageSchema).default([]);

/** A key that has moved, with the place where it is now. */
export function movedTo(where: string): z.ZodOptional<z.ZodNever> {
    return z.never({ error: `this has moved; expected it under ${where}` }).optional();
}

/** The kubeconfig context that a stack deploys to, and where to find it. */
export const clusterSchema = {
    /** The context's name. Never the current one: a stack names its cluster. */
    kubeContext: z.string().min(1, "expected the name of a kubeconfig context"),
    /** Path of the kubeconfig; `KUBECONFIG` or `~/.kube/config` when left out. A path, since content would stand in the state. */
    kubeconfig: z
        .string()
        .min(1)
        .refine((text) => !/[\n{]/.test(text), "expected a path, not the content of a kubeconfig")
        .optional(),
    /** Requests a second that the engine's provider may send to the API server, which shares what it has fairly among its clients. */
    requests: z
        .strictObject({
            qps: z.int().min(1).max(10_000).default(200),
            /** At once, after a while without any. */
            burst: z.int().min(1).max(20_000).default(400),
        })
        .prefault({}),
};

const REFERENCE = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/;

/** One stack, or a list of them, of which the engine makes JSON. */
const referenceStackSchema = z
    .string()
    .superRefine((text, context) => {
        const stacks = readReferenceSetting(text);
        const isList = text.startsWith("[");
        for (const stack of stacks.filter((each) => !REFERENCE.test(each))) {
            const which = isList ? `${quoteValue(stack)} in it: ` : "";
            context.addIssue(`${which}expected a stack, such as "organization/platform/prod"`);
        }
        if (stacks.length === 0 || new Set(stacks).size < stacks.length) {
            context.addIssue("expected at least one stack, and each once");
        }
    })
    .transform(readReferenceSetting);

/** A setting `referenceStack` as the engine hands it over: a stack's name, or a list of them as JSON. Never throws. */
export function readReferenceSetting(text: string): readonly string[] {
    const list = text.startsWith("[") ? parseSetting(text) : text;
    return Array.isArray(list) ? list.map(String) : [text];
}

/** The config of a customer-orgs stack: the keys under `customer-orgs:` in `Pulumi.<stack>.yaml`. Unknown keys fail. */
export const stackConfigSchema = z
    .strictObject({
        /**
         * The stack whose output `runtimeImages` says what each runtime should run: `organization/platform/prod`. Or several, which must
         * all have proven the same digest. Read as a list.
         */
        referenceStack: referenceStackSchema,
        /** The directory whose orgs this stack deploys, from the project's root: `orgs/prod`. */
        orgs: z.string().min(1, 'expected a directory, such as "orgs/prod"'),
        ...clusterSchema,
        /** What the stack is for. Who leaves it out gets the strictest. */
        environment: z.enum(["production", "staging", "development"]).default("production"),
        /** Overrides for all orgs of the stack, by runtime. */
        imageOverrides: byRuntime(imageOverrideSchema).prefault({}),
        /** Whether an agent whose runtime has no pin may start from `lastResortImages`. In development alone. */
        allowMutableLastResort: z.boolean().default(false),
        /** Mutable images by runtime, each resolved to its digest when the stack is deployed. */
        lastResortImages: byRuntime(anyImageSchema).prefault({}),
        /** What an override may be, whoever declares it. */
        overrides: z
            .strictObject({
                /** Days that the last day of an override may be ahead. */
                maxDays: z.int().min(1).max(3650).default(90),
                /** Days before its last day from which `up` and reports say so. */
                warnDays: z.int().min(0).max(365).default(7),
                /** Whether an override may be of another repository than its runtime's pin. */
                allowOtherRepositories: z.boolean().default(false),
            })
            .prefault({}),
        bootGates: movedTo('"customer-orgs:runtimes.<runtime>.bootGate"'),
        /** What every agent of a runtime gets; Pulumi.yaml may say the same for all stacks, and this before it. */
        runtimes: runtimeProfilesSchema,
        network: networkSchema,
        sidecarRepositories: sidecarRepositoriesSchema,
        externalSecrets: externalSecretsSchema,
        /** What is asked of a release before the next ring may read it here. */
        gate: gateSchema,
        /** How the Pulumi Kubernetes Operator runs the stack, for `fleet operator` alone. */
        operator: operatorSchema.optional(),
        ...prohibitionWords,
        /** Times at which no agent's image changes, but back to one that ran here before. */
        freeze: z.array(freezeWindowSchema).default([]),
        /** How many orgs' images one update may change; more are refused before anything is. */
        budget: z
            .strictObject({
                maxOrgs: z.int().min(0).optional(),
                /** Of the orgs that are deployed. */
                maxPercent: z.number().min(0).max(100).optional(),
            })
            .refine(
                ({ maxOrgs, maxPercent }) => maxOrgs !== undefined || maxPercent !== undefined,
                'expected "maxOrgs", "maxPercent" or both',
            )
            .optional(),
        /** What every agent gets, whatever its runtime, and what an org's file leaves out. */
        defaults: z
            .strictObject({
                ...profileWords,
                quota: quotaSchema.default({}),
                /** Names of Secrets in each org's namespace with the registry's credentials. */
                imagePullSecrets: z.array(objectNameSchema).default([]),
            })
            .superRefine(checkProfile)
            .prefault({}),
    })
    .superRefine((config, context) => {
        if (!config.allowMutableLastResort && config.lastResortImages.size > 0) {
            context.addIssue({
                code: "custom",
                path: ["lastResortImages"],
                message: 'expected "allowMutableLastResort: true" beside it, or no last resort at all',
            });
        }
        if (config.allowMutableLastResort && config.environment !== "development") {
            context.addIssue({
                code: "custom",
                path: ["allowMutableLastResort"],
                message: `refused in ${config.environment}; expected a pin for every runtime in the reference stack, or "environment: development" beside it`,
            });
        }
    });

/** The config of a customer-orgs stack. */
export type StackConfig = z.infer<typeof stackConfigSchema>;
