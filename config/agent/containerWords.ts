import { z } from "zod";
import { objectNameSchema } from "../kubernetesNames";
import { parseQuantity, quantityOf } from "../quantity";
import { exactlyOneOf, intBetween, refuse, refuseRepeated } from "../refinements";
import { SECRET_NAME, credentialIn } from "../../lib/text/credentials";

/** A resource that a device plugin offers, such as `nvidia.com/gpu`, or huge pages: counted, and never more asked than allowed. */
const EXTENDED_RESOURCE =
    /^(hugepages-\d+[KMG]i|(?!([a-z0-9.-]*\.)?kubernetes\.io\/)[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)$/;

const resourceNameSchema = z
    .string()
    .refine(
        (name) => ["cpu", "memory", "ephemeral-storage"].includes(name) || EXTENDED_RESOURCE.test(name),
        'expected "cpu", "memory", "ephemeral-storage" or a device such as "nvidia.com/gpu"',
    );

const computeSchema = z.record(resourceNameSchema, z.unknown()).transform((compute, context) => {
    const parsed: Record<string, string> = {};
    for (const [name, value] of Object.entries(compute)) {
        const result = quantityOf(name).safeParse(value);
        if (result.success) {
            parsed[name] = result.data;
        }
        for (const { message } of result.error?.issues ?? []) {
            refuse(context, [name], message);
        }
    }
    return parsed;
});

/** Requests and limits of a container; what is left out is taken from the layer before. */
export const resourcesSchema = z
    .strictObject({ requests: computeSchema.optional(), limits: computeSchema.optional() })
    .superRefine(({ requests = {}, limits = {} }, context) => {
        for (const [name, limit] of Object.entries(limits)) {
            if (parseQuantity(limit) === 0) {
                // The node takes it for no limit at all, and the quota counts nothing.
                refuse(context, ["limits", name], "expected more than nothing, or no limit of your own");
            }
        }
        for (const [name, request] of Object.entries(requests)) {
            const limit = limits[name];
            if (limit !== undefined && parseQuantity(request) > parseQuantity(limit)) {
                refuse(context, ["requests", name], `expected at most the limit, "${limit}"`);
            }
            if (EXTENDED_RESOURCE.test(name) && limit !== request) {
                refuse(
                    context,
                    ["requests", name],
                    "expected the same under limits: a device is never shared",
                );
            }
        }
    });

/** A container's requests and limits: resource → quantity. */
export type Resources = z.infer<typeof resourcesSchema>;

const envNameSchema = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,252}$/, "expected the name of an environment variable");

/** Text that a process can be given. A control character is a slip of the editor, and some never reach the process. */
export const plainTextSchema = z
    .string("expected a string; put numbers and booleans in quotes")
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    .refine((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text), {
        message: "has a control character; expected text with at most tabs and line ends",
    });

/** A key of a ConfigMap or a Secret. */
export const keySchema = z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,253}$/, 'expected a key: letters, digits, ".", "_" and "-"');

/** One key of a Secret in the agent's namespace; its value never passes through this program. */
const secretReferenceSchema = z.strictObject({
    secret: objectNameSchema,
    key: keySchema,
    /** Start the agent even where the Secret or the key is missing. */
    optional: z.boolean().optional(),
});

const sourceSchema = z.strictObject({ name: objectNameSchema, optional: z.boolean().optional() });

/** All keys of a ConfigMap or a Secret as variables; exactly one of the two. */
const envFromSchema = z
    .strictObject({
        prefix: envNameSchema.optional(),
        configMapRef: sourceSchema.optional(),
        secretRef: sourceSchema.optional(),
    })
    .refine(...exactlyOneOf("configMapRef", "secretRef"));

export const portNumberSchema = intBetween(1, 65535, "expected a port, 1 to 65535");
const portNameSchema = z
    .string()
    .regex(/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a port\'s name, such as "http"');

const containerPortSchema = z.strictObject({
    name: portNameSchema.optional(),
    containerPort: portNumberSchema,
    protocol: z.enum(["TCP", "UDP", "SCTP"]).optional(),
});

/** A port as a probe or a handler names it: its number, or its name under `ports`. */
export const portReferenceSchema = z.union([portNumberSchema, portNameSchema], {
    error: "expected a port, 1 to 65535, or the name of one",
});

const secondsSchema = intBetween(1, 3600, "expected whole seconds, 1 to 3600");

const httpGetSchema = z.strictObject({
    path: z.string().regex(/^\/[^\s]*$/, 'expected a path that starts with "/"'),
    port: portReferenceSchema,
    scheme: z.enum(["HTTP", "HTTPS"]).optional(),
    httpHeaders: z
        .array(
            z
                .strictObject({ name: z.string().regex(/^[A-Za-z0-9-]+$/), value: plainTextSchema })
                .refine(({ name }) => !/^(authorization|cookie|proxy-authorization)$/i.test(name), {
                    path: ["name"],
                    message: "expected no header that carries a credential",
                }),
        )
        .optional(),
});
const execSchema = z.strictObject({ command: z.array(plainTextSchema).min(1, "expected a command") });

/** A probe of the agent's container, in the words of the Kubernetes API; exactly one of the four ways to ask. */
export const probeSchema = z
    .strictObject({
        httpGet: httpGetSchema.optional(),
        tcpSocket: z.strictObject({ port: portReferenceSchema }).optional(),
        exec: execSchema.optional(),
        grpc: z.strictObject({ port: portNumberSchema, service: z.string().optional() }).optional(),
        initialDelaySeconds: secondsSchema.optional(),
        periodSeconds: secondsSchema.optional(),
        timeoutSeconds: secondsSchema.optional(),
        successThreshold: intBetween(1, 1000).optional(),
        failureThreshold: intBetween(1, 1000).optional(),
    })
    .refine(...exactlyOneOf("httpGet", "tcpSocket", "exec", "grpc"));

/** A probe of an agent's container. */
export type Probe = z.infer<typeof probeSchema>;

/** Kubernetes counts a startup or a liveness probe as passed at the first success. */
const onceSchema = probeSchema.refine(({ successThreshold }) => (successThreshold ?? 1) === 1, {
    path: ["successThreshold"],
    message: "expected 1: only a readiness probe may ask for more",
});

/** The probes of a container. */
const probesSchema = z.strictObject({
    startup: onceSchema.optional(),
    readiness: probeSchema.optional(),
    liveness: onceSchema.optional(),
});

/** What a container is told before it is ended; exactly one of the three. */
const preStopSchema = z
    .strictObject({
        exec: execSchema.optional(),
        httpGet: httpGetSchema.optional(),
        sleep: z.strictObject({ seconds: secondsSchema }).optional(),
    })
    .refine(...exactlyOneOf("exec", "httpGet", "sleep"));

/** The words that say what runs in a container: the agent's own, and each sidecar's. */
export const containerWords = {
    command: z.array(plainTextSchema).min(1, "expected a command").optional(),
    args: z.array(plainTextSchema).optional(),
    workingDir: z.string().regex(/^\//, 'expected an absolute path, such as "/workspace"').optional(),
    ports: z
        .array(containerPortSchema)
        .superRefine((ports, context) => {
            refuseRepeated(
                ports.map(({ name }) => name),
                context,
            );
        })
        .optional(),
    /** Environment variables in plain text. Never a credential: use `secretEnv`. */
    env: z.record(envNameSchema, plainTextSchema).optional(),
    /** What looks like a credential and is none: a variable's name, `command`, `args` or `podAnnotations` → why. */
    notSecret: z.record(z.string(), z.string().trim().min(1, "expected why it is no credential")).optional(),
    /** Environment variables whose values are read from Secrets in the agent's namespace. */
    secretEnv: z.record(envNameSchema, secretReferenceSchema).optional(),
    /** Variables from whole ConfigMaps and Secrets; a variable that has a name above wins. */
    envFrom: z.array(envFromSchema).optional(),
    resources: resourcesSchema.optional(),
    probes: probesSchema.optional(),
    preStop: preStopSchema.optional(),
} as const;

interface Variables {
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly secretEnv?: Readonly<Record<string, unknown>> | undefined;
    readonly command?: readonly string[] | undefined;
    readonly args?: readonly string[] | undefined;
    readonly podAnnotations?: Readonly<Record<string, string>> | undefined;
    readonly notSecret?: Readonly<Record<string, string>> | undefined;
}

/** One rule for all who may say what runs: a credential is never plain text, and no variable has two values. */
export function checkVariables(words: Variables, context: z.RefinementCtx): void {
    const { env = {}, secretEnv = {} } = words;
    for (const { path, why } of findCredentials(words)) {
        context.addIssue({
            code: "custom",
            path: [...path],
            message:
                `${why}: put the value in a Secret and refer to it under "secretEnv"; ` +
                `where it is no credential, "notSecret: { ${String(path[0] === "env" ? path[1] : path[0])}: why }" says so`,
        });
    }
    for (const name of Object.keys(env)) {
        if (Object.hasOwn(secretEnv, name)) {
            context.addIssue({
                code: "custom",
                path: ["secretEnv", name],
                message: `"${name}" is in "env" too; expected it in one of the two`,
            });
        }
    }
}

/** What is written in plain text and says or looks like a credential, where nobody has said that it is none. Values are not repeated. */
export function findCredentials(
    words: Omit<Variables, "secretEnv">,
): readonly { readonly path: readonly PropertyKey[]; readonly why: string }[] {
    const { env = {}, command = [], args = [], podAnnotations = {}, notSecret = {} } = words;
    const texts = [
        ...Object.entries(env).map(([name, text]) => ({ path: ["env", name], excuse: name, text })),
        ...command.map((text, index) => ({ path: ["command", index], excuse: "command", text })),
        ...args.map((text, index) => ({ path: ["args", index], excuse: "args", text })),
        ...Object.entries(podAnnotations).map(([name, text]) => ({
            path: ["podAnnotations", name],
            excuse: "podAnnotations",
            text,
        })),
    ];
    return texts.flatMap(({ path, excuse, text }) => {
        if (Object.hasOwn(notSecret, excuse)) {
            return [];
        }
        if (path[0] === "env" && SECRET_NAME.test(excuse)) {
            return [{ path, why: "this name says credential" }];
        }
        const found = credentialIn(text);
        return found === undefined ? [] : [{ path, why: `this value looks like ${found}` }];
    });
}
