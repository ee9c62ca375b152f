import { z } from "zod";
import { imageSchema } from "../images/imageSchemas";
import { byRuntime } from "../images/runtimeImages";

const repositorySchema = imageSchema((image) =>
    "unreadable" in image
        ? image.reason
        : image.tag !== undefined || image.digest !== undefined
          ? "expected a repository, without a tag or digest"
          : undefined,
);

/** Times at which nothing is promoted: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10 */
export const freezeWindowSchema = z.strictObject({
    /** When a window opens, an RFC 5545 recurrence rule: `FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0`. */
    rrule: z
        .string()
        .regex(
            /^FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY)(;[A-Z]+=[A-Za-z0-9,+-]+)*$/,
            'expected an RFC 5545 recurrence rule, such as "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0"',
        ),
    /** The rule's DTSTART in local time: the first window, and the time of day where the rule has none. */
    start: z
        .string()
        .regex(
            /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
            'expected a local time in quotes, "2026-01-01T15:00:00"',
        )
        .default("2020-01-01T00:00:00"),
    /** How long a window stays closed, an RFC 5545 duration: `PT9H`, `P2DT15H`, `P1W`. */
    duration: z
        .string()
        .regex(
            /^P(?!$)(\d{1,3}W)?(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?$/,
            'expected a duration, such as "PT9H" or "P2DT15H"',
        )
        .regex(/[1-9]/, 'expected a duration of more than nothing, such as "PT9H"'),
    /** The time zone of rule and start: `Europe/Berlin`. */
    timezone: z.string().refine(isTimeZone, 'expected a time zone of the IANA database: "Europe/Berlin"'),
    /** Why, for whoever meets the window. */
    reason: z.string().min(1, "expected why nothing is promoted then"),
});

/** Times at which nothing is promoted. */
export type FreezeWindow = z.infer<typeof freezeWindowSchema>;

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

function isTimeZone(name: string): boolean {
    try {
        new Intl.DateTimeFormat("en", { timeZone: name });
        return true;
    } catch {
        return false;
    }
}
