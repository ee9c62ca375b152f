import { z } from "zod";
import { SECRET_NAME } from "../lib/text/describeIssues";
import { imageOverrideSchema } from "../images/imageOverride";
import { runtimeNameSchema } from "../images/runtimeImages";
import { agentNameSchema, objectNameSchema, parseQuantity, quantitySchema } from "./kubernetesNames";

const computeSchema = z.strictObject({
    cpu: quantitySchema.optional(),
    memory: quantitySchema.optional(),
    "ephemeral-storage": quantitySchema.optional(),
});

/** Requests and limits of an agent's container; what is left out is taken from the stack's defaults. */
export const resourcesSchema = z
    .strictObject({
        requests: computeSchema.optional(),
        limits: computeSchema.optional(),
    })
    .superRefine(({ requests = {}, limits = {} }, context) => {
        for (const name of ["cpu", "memory", "ephemeral-storage"] as const) {
            const [request, limit] = [requests[name], limits[name]];
            if (
                request !== undefined &&
                limit !== undefined &&
                parseQuantity(request) > parseQuantity(limit)
            ) {
                context.addIssue({
                    code: "custom",
                    path: ["requests", name],
                    message: `expected at most the limit, "${limit}"`,
                });
            }
        }
    });

const envNameSchema = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,252}$/, "expected the name of an environment variable");

/** One key of a Secret that lives in the org's namespace; its value never passes through this program. */
const secretReferenceSchema = z.strictObject({
    secret: objectNameSchema,
    key: z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, "expected a key of a Secret"),
    /** Start the agent even where the Secret or the key is missing. */
    optional: z.boolean().optional(),
});

const portSchema = z.int().min(1, "expected a port, 1 to 65535").max(65535, "expected a port, 1 to 65535");
const secondsSchema = z
    .int()
    .min(1, "expected whole seconds, 1 to 3600")
    .max(3600, "expected whole seconds, 1 to 3600");

/** A probe of the agent's container, in the words of the Kubernetes API; exactly one of the three ways to ask. */
export const probeSchema = z
    .strictObject({
        httpGet: z
            .strictObject({
                path: z.string().regex(/^\/[^\s]*$/, 'expected a path that starts with "/"'),
                port: portSchema,
                scheme: z.enum(["HTTP", "HTTPS"]).optional(),
            })
            .optional(),
        tcpSocket: z.strictObject({ port: portSchema }).optional(),
        exec: z.strictObject({ command: z.array(z.string()).min(1, "expected a command") }).optional(),
        initialDelaySeconds: secondsSchema.optional(),
        periodSeconds: secondsSchema.optional(),
        timeoutSeconds: secondsSchema.optional(),
        failureThreshold: z.int().min(1).max(1000).optional(),
    })
    .refine(
        (probe) =>
            [probe.httpGet, probe.tcpSocket, probe.exec].filter((way) => way !== undefined).length === 1,
        'expected exactly one of "httpGet", "tcpSocket" and "exec"',
    );

/** One agent of an org, as its org's file has it. */
export const agentSpecSchema = z
    .strictObject({
        name: agentNameSchema,
        /** Whose pin it follows: a runtime of the reference stack. */
        runtime: runtimeNameSchema,
        replicas: z.int().min(0, "expected 0 to 50").max(50, "expected 0 to 50").optional(),
        resources: resourcesSchema.optional(),
        /** Environment variables in plain text. Never a credential: use `secretEnv`. */
        env: z
            .record(envNameSchema, z.string("expected a string; put numbers and booleans in quotes"))
            .optional(),
        /** Environment variables whose values are read from Secrets in the org's namespace. */
        secretEnv: z.record(envNameSchema, secretReferenceSchema).optional(),
        probes: z
            .strictObject({
                startup: probeSchema.optional(),
                readiness: probeSchema.optional(),
                liveness: probeSchema.optional(),
            })
            .optional(),
        /**
         * The selector of a Deployment that was made by hand and adopted: it can never be changed, and another one would mean
         * another Deployment. Left out for every agent that was born here.
         */
        adoptedSelector: z
            .record(
                z
                    .string()
                    .regex(
                        /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
                        "expected a label's key",
                    ),
                z
                    .string()
                    .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, "expected a label's value"),
            )
            .refine((labels) => Object.keys(labels).length > 0, "expected at least one label")
            .optional(),
        /** Holds this agent on an image of its own. */
        imageOverride: imageOverrideSchema.optional(),
    })
    .superRefine((agent, context) => {
        for (const name of Object.keys(agent.env ?? {})) {
            if (SECRET_NAME.test(name)) {
                context.addIssue({
                    code: "custom",
                    path: ["env", name],
                    message:
                        'this name says credential: put the value in a Secret and refer to it under "secretEnv"',
                });
            }
            if (agent.secretEnv !== undefined && Object.hasOwn(agent.secretEnv, name)) {
                context.addIssue({
                    code: "custom",
                    path: ["secretEnv", name],
                    message: `"${name}" is in "env" too; expected it in one of the two`,
                });
            }
        }
    });

/** One agent of an org. */
export type AgentSpec = z.infer<typeof agentSpecSchema>;

/** A container's requests and limits. */
export type Resources = z.infer<typeof resourcesSchema>;

/** A probe of an agent's container. */
export type Probe = z.infer<typeof probeSchema>;
