import { z } from "zod";
import { pinnedReferenceSchema } from "../images/imageSchemas";
import { ORG_NAMESPACE_PREFIX } from "../images/metadata";
import { credentialIn } from "../lib/text/credentials";
import { checkVariables, containerWords, keySchema } from "./agent/containerWords";
import { durationSchema } from "./duration";
import { dnsLabelSchema, objectNameSchema } from "./kubernetesNames";
import { refuse } from "./refinements";

/** What the operator takes for 60 s whatever is written. https://github.com/pulumi/pulumi-kubernetes-operator `resyncFrequencySeconds` */
const SHORTEST_RESYNC = 60_000;

/** Variables that the objects set themselves, or that nothing may set there, with the reason. */
const RESERVED: Readonly<Record<string, string>> = {
    KUBECONFIG: "it leads to the kubeconfig that is written beside the objects",
    PULUMI_BACKEND_URL: 'expected "backend" instead',
    PULUMI_SKIP_CHECKPOINTS: "an update that creates or deletes would lose its record when its pod is killed",
};

/** A key of a Secret in the operator's namespace. */
const secretSchema = z.strictObject({ secret: objectNameSchema, key: keySchema });

const withoutCredential = (text: string) => credentialIn(text) === undefined;

// The value is not repeated where it may hold a credential.
const NO_CREDENTIAL = "holds a credential; expected none, and a Secret that is referred to by its name";

/** How the Pulumi Kubernetes Operator runs a stack: `customer-orgs:operator`, in Pulumi.yaml for all stacks. */
export const operatorSchema = z
    .strictObject({
        /** Where the operator fetches the project from: `https://github.com/acme/fleet.git`, `git@github.com:acme/fleet.git`. */
        repository: z
            .string()
            .regex(
                /^(https:\/\/|ssh:\/\/|[a-z0-9_-]+@[A-Za-z0-9.-]+:)\S+$/,
                'expected a git URL, "https://…" or "git@host:path"',
            )
            .refine(withoutCredential, { message: NO_CREDENTIAL }),
        /** The project's directory in the repository; its root when left out. */
        directory: z
            .string()
            .regex(/^(?!\/)(?!.*\.\.)[A-Za-z0-9._/-]+$/, "expected a path in the repository")
            .optional(),
        /** A token for `https`, or a private key for `ssh`; none for a public repository. */
        gitSecret: secretSchema.optional(),
        /** The organization of the stacks in the backend; `organization` where a backend has none. */
        organization: z
            .string()
            .regex(/^[A-Za-z0-9._-]+$/, "expected an organization's name")
            .default("organization"),
        /** Where the states are: `s3://acme-pulumi`. A directory of a pod would be lost with the pod. */
        backend: z
            .string()
            .regex(
                /^(s3|gs|azblob|https):\/\/\S+$/,
                'expected "s3://…", "gs://…", "azblob://…" or "https://…"',
            )
            .refine(withoutCredential, { message: NO_CREDENTIAL }),
        /** The image that the programs run in, with its digest. The operator's default is `pulumi/pulumi:latest-nonroot`. */
        image: pinnedReferenceSchema,
        /** Of the Stack objects, one for all: the operator looks a prerequisite up in the namespace of its dependent. */
        namespace: dnsLabelSchema(63, "<namespace>").refine(
            (name) => !name.startsWith(ORG_NAMESPACE_PREFIX),
            {
                message: `"${ORG_NAMESPACE_PREFIX}…" is a customer's namespace; expected one of the platform's own`,
            },
        ),
        /** The ServiceAccount that the programs reach the cluster with. */
        serviceAccount: objectNameSchema,
        /** How often each stack is updated though no commit is new: what carries a proof to the next ring, and ends a soak. */
        resync: durationSchema
            .refine((milliseconds) => milliseconds >= SHORTEST_RESYNC, {
                message: 'expected at least "1m": the operator does not resync more often',
            })
            .prefault("5m"),
        env: containerWords.env,
        notSecret: containerWords.notSecret,
        /** Variables from Secrets in the namespace: `PULUMI_CONFIG_PASSPHRASE`, a cloud's credentials. */
        secretEnv: z.record(z.string(), secretSchema).optional(),
        resources: containerWords.resources,
    })
    .superRefine((settings, context) => {
        checkVariables(settings, context);
        for (const word of ["env", "secretEnv"] as const) {
            for (const name of Object.keys(settings[word] ?? {})) {
                const why = Object.hasOwn(RESERVED, name) ? RESERVED[name] : undefined;
                if (why !== undefined) {
                    refuse(context, [word, name], `"${name}" may not be set: ${why}`);
                }
            }
        }
    });

/** How the Pulumi Kubernetes Operator runs a stack. */
export type OperatorSettings = z.infer<typeof operatorSchema>;
