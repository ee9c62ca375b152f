import { z } from "zod";
import { parseImageReference } from "../../images/imageReference";
import { describeParts, quoteImage } from "../imageReport";
import { type CheckedObject, describeObject } from "../kubernetes/checkedObject";
import { findImages } from "../kubernetes/findImages";
import { UNKNOWN } from "../kubernetes/readField";
import { matchesRepository, repositoryPatternSchema } from "../repositoryPattern";
import type { Finding, ObjectRule } from "../rule";
import { expected } from "../ruleConfig";

const config = z.strictObject({
    /** Registries and paths that images may come from; every one is allowed when the list is absent. */
    repositories: z
        .array(repositoryPatternSchema, expected('a list of repositories such as ["ghcr.io/acme"]'))
        .min(1, { error: "is [], which allows no image at all; leave the key out to allow every repository" })
        .optional(),
});

type Config = z.infer<typeof config>;

/** Images come from the repositories that the config lists, compared on path boundaries. */
export const allowedRepositories: ObjectRule<Config> = {
    name: "allowed-repositories",
    description: "Every image comes from a repository that the policy pack's config allows.",
    level: "mandatory",
    severity: "high",
    remedy: "Copy the image to an allowed repository, or add its repository to the policy pack's config.",
    config,
    checkObject,
};

function checkObject(object: CheckedObject, { repositories }: Config): Finding[] {
    if (repositories === undefined) {
        return [];
    }
    const allowed = repositories.map(({ text }) => `"${text}"`).join(", ");
    return findImages(object).flatMap(({ image, path, what }): Finding[] => {
        const subject = `${describeObject(object)}: ${what}`;
        if (image === UNKNOWN) {
            const summary = `${subject} has an unknown image, which can't be known during preview`;
            return [{ kind: "unknown", summary, path, why: "its repository is checked at the update" }];
        }
        if (image === undefined || image === null) {
            return [];
        }
        const parsed = parseImageReference(image);
        if (parsed.ok && repositories.some((pattern) => matchesRepository(pattern, parsed.reference))) {
            return [];
        }
        return [
            {
                kind: "violation",
                summary: `${subject} comes from a repository that is not allowed: ${quoteImage(image)}`,
                path,
                parts: parsed.ok ? describeParts(parsed.reference) : "(none, it does not parse)",
                why: parsed.ok ? `allowed are ${allowed}` : parsed.reason,
                fix: 'copy the image below one of them, or add its repository to "repositories" in the policy\'s config',
            },
        ];
    });
}
