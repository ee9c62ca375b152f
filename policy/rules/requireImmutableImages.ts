import { z } from "zod";
import { judgeImage } from "../../images/immutability";
import { type Exemption, exemptionSchema, findExemption } from "../exemption";
import { describeFix, describeNearMiss, describeParts, quoteImage } from "../imageReport";
import { type CheckedObject, describeObject, namespaceOf } from "../kubernetes/checkedObject";
import { ObjectTooLargeError } from "../kubernetes/customResourceImages";
import { findImages } from "../kubernetes/findImages";
import type { ImageSite } from "../kubernetes/imageSite";
import { HELM_RELEASE_TYPE } from "../kubernetes/pulumiResource";
import { UNKNOWN } from "../kubernetes/readField";
import type { Finding, ObjectRule, RuleContext } from "../rule";
import { expected } from "../ruleConfig";
import { tagConventionShape } from "../tagConventionConfig";

const config = z.strictObject({
    ...tagConventionShape,
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
    try {
        return findImages(object).flatMap((site) => checkSite(site, object, config, context));
    } catch (error) {
        if (error instanceof ObjectTooLargeError) {
            const message = `${describeObject(object)} cannot be checked: ${error.message}`;
            return [{ kind: "violation", message }];
        }
        throw error;
    }
}

function checkSite(site: ImageSite, object: CheckedObject, config: Config, context: RuleContext): Finding[] {
    const { image, path } = site;
    const subject = `${describeObject(object)}: ${site.what}`;
    if (image === UNKNOWN) {
        const message =
            `${subject} at ${path} is unknown: it can't be known during preview, so it is not checked now ` +
            `but at the update. Every image that is known has been checked.`;
        return [{ kind: "unknown", path, message }];
    }
    if (image === undefined || image === null) {
        return site.required
            ? [violation(site, `${subject} has no image`, "nothing can start without one", config, "(none)")]
            : [];
    }
    const verdict = judgeImage(image, config);
    if (verdict.kind === "digest" || verdict.kind === "git-sha-tag") {
        return [];
    }
    if (verdict.kind === "unparsable") {
        const what = `${subject} has an image that is not an image reference`;
        return [violation(site, what, verdict.reason, config, "(none, it does not parse)")];
    }
    const { reference } = verdict;
    const namespace = namespaceOf(object);
    const found = findExemption(config.exemptions, reference, namespace, context.now);
    if (found?.dependsOnNamespace === true) {
        const message =
            `${subject} runs the mutable image ${quoteImage(image)} at ${path}, and its namespace is unknown: whether ` +
            `${describeExemption(found.exemption)} covers it can't be known during preview; it is checked at the update.`;
        return [{ kind: "unknown", path, message }];
    }
    if (found !== undefined && !found.expired) {
        const message = `${subject} runs the mutable image ${quoteImage(image)} at ${path} under ${describeExemption(found.exemption)}.`;
        return [{ kind: "advice", path, message }];
    }
    const why =
        verdict.reason +
        describeNearMiss(reference.tag, config) +
        (found === undefined ? "" : `; ${describeExemption(found.exemption)} has expired`);
    return [violation(site, `${subject} runs a mutable image`, why, config, describeParts(reference))];
}

function violation(site: ImageSite, what: string, why: string, config: Config, parts: string): Finding {
    const { image, path } = site;
    const field = path.endsWith(".reference") ? "reference" : "image";
    const lines = [
        `${what}: ${quoteImage(image)}`,
        `  path:  ${path}`,
        `  parts: ${parts}`,
        `  why:   ${why}`,
        `  fix:   ${describeFix(image, field, config)}`,
    ];
    return { kind: "violation", path, message: lines.join("\n") };
}

function describeExemption({ repository, namespace, owner, reason, expires }: Exemption): string {
    const where = namespace === undefined ? "" : ` in the namespace "${namespace}"`;
    return `the exemption of "${repository}"${where} (owner "${owner}", reason "${reason}", expires "${expires}")`;
}

function checkResource(type: string, _props: object, name: string): Finding[] {
    if (!HELM_RELEASE_TYPE.test(type)) {
        return [];
    }
    const message =
        `Helm release ${name}: its pods are rendered by the provider during the update, so no policy sees their images; ` +
        `nothing in it is checked. Use kubernetes.helm.v4.Chart (or v3.Chart), whose objects are resources of their own, ` +
        `or check the rendered chart: helm template … | npm run policy -- -f -`;
    return [{ kind: "advice", message }];
}
