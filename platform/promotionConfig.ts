import { z } from "zod";
import { freezeWindowSchema } from "../config/freezeWindow";
import { imageSchema } from "../images/imageSchemas";
import { byRuntime } from "../images/runtimeImages";

const repositorySchema = imageSchema((image) =>
    "unreadable" in image
        ? image.reason
        : image.tag !== undefined || image.digest !== undefined
          ? "expected a repository, without a tag or digest"
          : undefined,
);

/** An API that keeps pins of its own and must be told of every promotion. */
export const controlPlaneSchema = z.strictObject({
    /** Its base URL; `/cp/admin/runtime-image/promote` is appended. */
    url: z
        .url({
            protocol: /^https$/,
            error: 'expected an https URL: the token would be readable on the way. "https://cp.example.com"',
        })
        .refine((url) => new URL(url).username + new URL(url).password === "", {
            error: "expected a URL without user and password: the token in the variable is what is shown",
        }),
    /** The environment variable that holds the token. The token itself is never written down. */
    tokenVariable: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/, "expected the name of an environment variable")
        .default("CP_ADMIN_API_TOKEN"),
    /** Runtime → its template's name there, where the two differ. */
    templateNames: byRuntime(z.string().min(1)).prefault({}),
    /** A PEM file, from the project's root, with the certificate authority of a private control plane. */
    caFile: z.string().min(1).optional(),
});

/** An API that must be told of every promotion. */
export type ControlPlaneConfig = z.infer<typeof controlPlaneSchema>;

/** What an environment asks of a release: the key `platform:promotion` of its stack's file. Unknown keys fail. */
export const promotionSchema = z.strictObject({
    /** Runtime → the repositories that its image may come from; where a runtime is left out, that of its pin. */
    repositories: byRuntime(z.array(repositorySchema).min(1)).prefault({}),
    /** The checks that a release must have passed. */
    requiredEvidence: z.array(z.string().min(1)).default(["smoke"]),
    /** The environment in which a digest must have been pinned before, and for how long without a break. */
    soak: z
        .strictObject({
            environment: z.string().regex(/^[A-Za-z0-9._-]+$/, "expected the name of a stack"),
            hours: z
                .number()
                .positive("expected more than 0 hours; leave soak out for none")
                .max(24 * 90),
        })
        .optional(),
    freeze: z.array(freezeWindowSchema).default([]),
    controlPlane: controlPlaneSchema.optional(),
    /** Whether a release newer than the bad one ends a rollback's hold by itself, once it has passed its checks. */
    automaticHoldRelease: z.boolean().default(false),
    /** When a pin counts as forgotten. */
    coverage: z
        .strictObject({
            /** Days that a newer release may be out. */
            maxDays: z.number().min(0).default(2),
            /** Hours that a newer release may be out, where that is more; the soak time is granted besides. */
            graceHours: z.number().min(0).default(0),
            /** Days after which a rollback's hold is a gap, where the hold has no "until". */
            holdDays: z.number().positive("expected more than 0 days").max(90).default(14),
        })
        .prefault({}),
});
