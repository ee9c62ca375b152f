import { z } from "zod";
import type { ImageReference } from "../images/imageReference";
import { isExpired } from "../images/imageOverride";
import { UNKNOWN } from "./kubernetes/readField";
import { matchesRepository, repositoryPatternSchema } from "./repositoryPattern";
import { expected, textSchema } from "./ruleConfig";

/** An image that is let through although it is mutable: which, who answers for it, why, and until when. */
export const exemptionSchema = z.strictObject(
    {
        /** A registry or a path in one, with all below it: `docker.io/library`, `ghcr.io/acme/legacy`. */
        repository: repositoryPatternSchema,
        /** Only in this namespace; everywhere when absent. */
        namespace: textSchema("a namespace").optional(),
        /** A person or a team that answers for the exemption. */
        owner: textSchema("who answers for the exemption"),
        /** Why it is needed. */
        reason: textSchema("why the exemption is needed"),
        /** The last day (UTC) on which it holds: `2026-12-31`. */
        expires: z.iso.date(expected('a date "YYYY-MM-DD"')),
    },
    {
        error: (issue) =>
            issue.code === "invalid_type"
                ? "is not an object with repository, owner, reason and expires"
                : undefined,
    },
);

/** One exemption of a policy pack's config. */
export type Exemption = z.infer<typeof exemptionSchema>;

/** An exemption that covers an image, and what is to be known about it. */
export interface FoundExemption {
    readonly exemption: Exemption;
    /** Whether its last day has passed. */
    readonly expired: boolean;
    /** Whether it covers the image only if the object's namespace, which is not known yet, turns out to be the right one. */
    readonly dependsOnNamespace: boolean;
}

/** The exemption that covers an image, if any: one that holds before one that has expired. */
export function findExemption(
    exemptions: readonly Exemption[],
    reference: ImageReference,
    namespace: string | typeof UNKNOWN | undefined,
    now: Date,
): FoundExemption | undefined {
    const found = exemptions
        .filter(({ repository }) => matchesRepository(repository, reference))
        .filter(
            (exemption) =>
                exemption.namespace === undefined ||
                namespace === UNKNOWN ||
                exemption.namespace === namespace,
        )
        .map((exemption) => ({
            exemption,
            expired: isExpired(exemption, now),
            dependsOnNamespace: exemption.namespace !== undefined && namespace === UNKNOWN,
        }));
    return (
        found.find(({ expired, dependsOnNamespace }) => !expired && !dependsOnNamespace) ??
        found.find(({ expired }) => !expired) ??
        found.find(({ dependsOnNamespace }) => !dependsOnNamespace)
    );
}
