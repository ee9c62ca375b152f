import { z } from "zod";
import { checkProfile, profileSchema, profileWords } from "../config/agent/profileSchema";
import { profileOf } from "../config/agentSpec";
import { gateSchema } from "../config/gate";
import { prohibitionWords } from "../config/prohibition";
import { timeSchema } from "../config/digestAndTime";
import { agentNameSchema, dnsLabelSchema, objectNameSchema } from "../config/kubernetesNames";
import {
    clusterSchema,
    movedTo,
    runtimeProfilesSchema,
    sidecarRepositoriesSchema,
} from "../config/stackConfig";
import { immutableImageSchema } from "../images/imageSchemas";
import { ORG_NAMESPACE_PREFIX } from "../images/metadata";
import { byRuntime, runtimeNameSchema } from "../images/runtimeImages";
import { HISTORY_LENGTH, holdSchema, pinFacts, pinRecordSchema } from "./pinRecord";
import { promotionSchema } from "./promotionConfig";
import { queuedSchema } from "./queued";

/** The seed's reference: the Deployment that the platform's CI rolls at every release. */
const DEFAULT_REFERENCE_DEPLOYMENT = {
    namespace: "agents",
    deployment: "agent-ceo",
    container: "agent",
} as const;

/** What a runtime should run: an image, or whatever a live Deployment runs; exactly one of the two. */
export const pinSchema = z
    .strictObject({
        /** A digest, or a git-SHA tag that is resolved to its digest. */
        image: immutableImageSchema.optional(),
        /** For platforms whose CI rolls the core fleet with kubectl: the live Deployment whose image is the pin. */
        fromDeployment: z
            .strictObject({
                namespace: objectNameSchema.default(DEFAULT_REFERENCE_DEPLOYMENT.namespace),
                deployment: objectNameSchema.default(DEFAULT_REFERENCE_DEPLOYMENT.deployment),
                container: objectNameSchema.default(DEFAULT_REFERENCE_DEPLOYMENT.container),
            })
            .optional(),
        ...pinFacts,
        /** When the environment's control plane accepted this pin. */
        announcedAt: timeSchema.optional(),
        /** Set by a rollback: no promotion moves this pin until it is released. */
        hold: holdSchema.optional(),
        /** What the pin was before, newest first. */
        history: z.array(pinRecordSchema).max(HISTORY_LENGTH).optional(),
    })
    .refine(
        (pin) => (pin.image === undefined) !== (pin.fromDeployment === undefined),
        'expected exactly one of "image" and "fromDeployment"',
    );

/** What a runtime should run. */
export type Pin = z.infer<typeof pinSchema>;

const coreAgentSchema = z
    .strictObject({
        name: agentNameSchema,
        runtime: runtimeNameSchema,
        /**
         * `deployment`: this stack owns the whole Deployment. `image`: the Deployment is somebody else's, and this stack owns
         * the image of its container `agent` and nothing besides, as the CI's `kubectl set image` did.
         */
        manage: z.enum(["deployment", "image"]).default("deployment"),
        ...profileWords,
    })
    .superRefine((agent, context) => {
        checkProfile(agent, context);
        for (const word of agent.manage === "image" ? Object.keys(profileOf(agent)) : []) {
            context.addIssue({
                code: "custom",
                path: [word],
                message: 'expected none: with "manage: image" the rest of the Deployment is somebody else\'s',
            });
        }
    });

const actionsSchema = z
    .array(z.enum(["Deny", "Warn", "Audit"]))
    .min(1, "expected what follows from a violation");

/** The config of a platform stack: the keys under `platform:` in `platform/Pulumi.<stack>.yaml`. Unknown keys fail. */
export const platformConfigSchema = z
    .strictObject({
        ...clusterSchema,
        /** Runtime → pin. */
        runtimes: byRuntime(pinSchema).refine(
            (runtimes) => runtimes.size > 0,
            "expected a pin for at least one runtime",
        ),
        /** The platform's own agents. */
        coreFleet: z
            .strictObject({
                namespace: dnsLabelSchema(63, "<namespace>")
                    .refine((name) => !name.startsWith("kube-"), {
                        message:
                            'expected a name that does not start with "kube-": these are Kubernetes\' own',
                    })
                    .refine((name) => !name.startsWith(ORG_NAMESPACE_PREFIX), {
                        message: `expected a name that does not start with "${ORG_NAMESPACE_PREFIX}": these are the customers'`,
                    })
                    .default("agents"),
                /**
                 * Whether this stack creates the namespace, or finds it there. Left out, it does where it owns an agent whole: Deployments of
                 * somebody else's are in a namespace that is there.
                 */
                createNamespace: z.boolean().optional(),
                agents: z.array(coreAgentSchema).default([]),
                /** Seconds in which a rollout must make progress before it counts as failed. */
                progressDeadlineSeconds: z.int().min(10).max(3600).default(300),
                /** What every core agent gets, whatever its runtime. */
                defaults: profileSchema.prefault({}),
                /** What every core agent of a runtime gets. */
                runtimes: runtimeProfilesSchema,
                sidecarRepositories: sidecarRepositoriesSchema,
            })
            .prefault({}),
        bootGates: movedTo('"platform:coreFleet.runtimes.<runtime>.bootGate"'),
        /** What is asked of a release before customers' stacks may read it here. */
        gate: gateSchema,
        ...prohibitionWords,
        /** What this environment asks of a release. Read by the fleet's commands; of it this program honours the freeze windows alone. */
        promotion: promotionSchema.prefault({}),
        /** The release that waits until it may be promoted. Read by the fleet's commands, not by this program. */
        queue: queuedSchema.optional(),
        /** Where it is there, the cluster itself refuses mutable images too: for what does not come through Pulumi. */
        admissionPolicy: z
            .strictObject({
                /** The policy pack's config, from the platform's directory: `../policy/config/prod.json`. The rule's defaults when left out. */
                packConfig: z.string().min(1).optional(),
                /** Namespaces that are not checked. Default: those of Kubernetes itself. */
                exemptNamespaces: z.array(objectNameSchema).optional(),
                /**
                 * What follows from a violation. `Deny` also refuses the pods of a Deployment that was there before, when their node
                 * is drained: look at what warns first.
                 */
                validationActions: actionsSchema.default(["Warn", "Audit"]),
                /** Whether all namespaces but the exempt ones are checked, and not customers' and the core fleet's alone. */
                allNamespaces: z.boolean().default(false),
            })
            .optional(),
        /** Where it is there, the cluster refuses tenants' changes of what is the platform's, whatever their roles. */
        tenancy: z
            .strictObject({
                /** Who deploys: users as the API server calls them, `system:serviceaccount:<namespace>:<name>` among them. */
                users: z.array(z.string().min(1)).default([]),
                groups: z.array(z.string().min(1)).default([]),
                /** Who may change it by hand. */
                breakGlassGroup: z.string().min(1).default("system:masters"),
                validationActions: actionsSchema.default(["Deny"]),
            })
            .refine(({ users, groups }) => users.length + groups.length > 0, {
                message:
                    'expected under "users" or "groups" who deploys this, or nothing could be deployed any more',
            })
            .optional(),
    })
    .superRefine((config, context) => {
        config.coreFleet.agents.forEach((agent, index) => {
            const path = ["coreFleet", "agents", index];
            if (!config.runtimes.has(agent.runtime)) {
                const known = [...config.runtimes.keys()].map((name) => `"${name}"`);
                context.addIssue({
                    code: "custom",
                    path: [...path, "runtime"],
                    message: `no such runtime; expected one of ${known.join(", ")}`,
                });
            }
            if (config.coreFleet.agents.findIndex(({ name }) => name === agent.name) !== index) {
                context.addIssue({
                    code: "custom",
                    path: [...path, "name"],
                    message: "expected each name once",
                });
            }
        });
    });

/** The config of a platform stack. */
export type PlatformConfig = z.infer<typeof platformConfigSchema>;

/**
 * Whether a release that no core agent runs goes on by what its own checks said: at least one passed, and none failed. A pin
 * without evidence says nothing of itself.
 */
export function isProvenByRelease(pin: Pin | undefined): boolean {
    const evidence = pin?.evidence ?? [];
    return evidence.length > 0 && evidence.every(({ result }) => result === "passed");
}
