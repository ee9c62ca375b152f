import { z } from "zod";
import { formatImageReference } from "../../images/imageReference";
import { DEFAULT_TAG_CONVENTION, judgeImage } from "../../images/immutability";
import { type Exemption, exemptionSchema, findExemption } from "../exemption";
import { describeFix, describeNearMiss, describeParts, quoteImage } from "../imageReport";
import { type CheckedObject, describeObject, namespaceOf } from "../kubernetes/checkedObject";
import { findImages } from "../kubernetes/findImages";
import type { ImageSite } from "../kubernetes/imageSite";
import { HELM_RELEASE_TYPE } from "../kubernetes/pulumiResource";
import { UNKNOWN } from "../kubernetes/readField";
import type { Finding, ObjectRule, RuleContext } from "../rule";
import { expected } from "../ruleConfig";

const config = z.strictObject({
    /** Prefixes that may stand before a git SHA of 7 to 40 lower-case hex digits, besides none. */
    shaPrefixes: z
        .array(
            z.string(expected('a prefix such as "sha-"')).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, {
                error: (issue) =>
                    `is ${JSON.stringify(issue.input)}, expected the beginning of a tag such as "sha-" (letters, digits, "_", "." and "-")`,
            }),
            expected('a list of prefixes such as ["sha-"]'),
        )
        .default([...DEFAULT_TAG_CONVENTION.shaPrefixes]),
    /** Whether a version with a git SHA behind it (`v1.2.3-abc1234`) counts too. */
    versionSha: z.boolean(expected("true or false")).default(DEFAULT_TAG_CONVENTION.versionSha),
    /** Images that are let through for a while. */
    exemptions: z.array(exemptionSchema, expected("a list of exemptions")).default([]),
});

type Config = z.infer<typeof config>;

/** Everything that starts code names its image by digest, or by a tag of a shape that is never moved. */
export const requireImmutableImages: ObjectRule<Config> = {
    name: "require-immutable-images",
    description:
        "Every container and image volume names its image by digest or by a git-SHA tag, so that it runs the same code tomorrow.",
    level: "mandatory",
    severity: "critical",
    remedy: "Name the image by its digest (repository@sha256:…), or by a tag that names the git commit it was built from.",
    config,
    checkObject,
    checkResource,
};

function checkObject(object: CheckedObject, config: Config, context: RuleContext): Finding[] {
    return findImages(object).flatMap((site) => checkSite(site, object, config, context));
}

function checkSite(site: ImageSite, object: CheckedObject, config: Config, context: RuleContext): Finding[] {
    const { image, path } = site;
    const subject = `${describeObject(object)}: ${site.what}`;
    if (site.whyUnjudged !== undefined) {
        const summary = `${subject} cannot be judged${image === UNKNOWN ? "" : `: ${quoteImage(image)}`}`;
        return [{ kind: "unknown", summary, path, why: site.whyUnjudged }];
    }
    if (image === UNKNOWN) {
        const summary = `${subject} has an unknown image, which can't be known during preview`;
        const why = "it is checked at the update; all that is known is checked now";
        return [{ kind: "unknown", summary, path, why }];
    }
    if (image === undefined || image === null) {
        return site.required
            ? [violation(site, `${subject} has no image`, "nothing can start without one", config)]
            : [];
    }
    const verdict = judgeImage(image, config);
    if (verdict.kind === "digest" || verdict.kind === "git-sha-tag") {
        return [];
    }
    if (verdict.kind === "unparsable") {
        const what = `${subject} has an image that is not an image reference`;
        return [violation(site, what, verdict.reason, config)];
    }
    const { reference } = verdict;
    const found = findExemption(config.exemptions, reference, namespaceOf(object), context.now);
    if (found?.dependsOnNamespace === true) {
        const summary = `${subject} runs the mutable image ${quoteImage(image)} in an unknown namespace`;
        const why = `${describeExemption(found.exemption)} may cover it; that can't be known during preview and is checked at the update`;
        return [{ kind: "unknown", summary, path, why }];
    }
    if (found !== undefined && !found.expired) {
        const summary = `${subject} runs the mutable image ${quoteImage(image)} under an exemption`;
        return [{ kind: "advice", summary, path, why: describeExemption(found.exemption) }];
    }
    if (verdict.mayBeSha && found === undefined) {
        const summary = `${subject} has a tag that may be no git SHA: ${quoteImage(image)}`;
        const fix = describeFix(image, fieldOf(path), config);
        // Whoever only reads says that nobody can tell; whoever deploys refuses it as the programs do, since no update will tell.
        const kind = context.deploying === true ? "violation" : "unknown";
        const settled = formatImageReference(reference);
        return [
            {
                kind,
                summary,
                path,
                parts: describeParts(reference),
                why: verdict.reason,
                fix,
                image: settled,
            },
        ];
    }
    const why =
        verdict.reason +
        describeNearMiss(reference.tag, config) +
        (found === undefined ? "" : `; ${describeExemption(found.exemption)} has expired`);
    const parts = describeParts(reference);
    const mutable = violation(site, `${subject} runs a mutable image`, why, config);
    return [{ ...mutable, parts, image: formatImageReference(reference) }];
}

function violation(site: ImageSite, what: string, why: string, config: Config): Finding {
    const { image, path } = site;
    return {
        kind: "violation",
        summary: `${what}: ${quoteImage(image)}`,
        path,
        parts: image === undefined || image === null ? "(none)" : "(none, it does not parse)",
        why,
        fix: describeFix(image, fieldOf(path), config),
    };
}

/** The field's own name, for a line to paste; empty for the member of a list. */
function fieldOf(path: string): string {
    return path.endsWith("]") && /\[\d+\]$/.test(path) ? "" : (/[A-Za-z]+$/.exec(path)?.[0] ?? "image");
}

function describeExemption({ repository, namespace, owner, reason, expires }: Exemption): string {
    const where = namespace === undefined ? "" : ` in the namespace "${namespace}"`;
    return `the exemption of "${repository.text}"${where} (owner "${owner}", reason "${reason}", expires "${expires}")`;
}

function checkResource(type: string, _props: object, name: string): Finding[] {
    if (!HELM_RELEASE_TYPE.test(type)) {
        return [];
    }
    return [
        {
            kind: "advice",
            summary: `Helm release ${name} is not checked: no policy sees its images`,
            why: "the provider renders its pods during the update, so they never become resources of the stack",
            fix:
                "use kubernetes.helm.v4.Chart (or v3.Chart), whose objects are resources of their own, or check the\n" +
                "rendered chart: helm template … | npm run policy -- -f -",
        },
    ];
}
