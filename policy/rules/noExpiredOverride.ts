import { z } from "zod";
import { isOverrideSource } from "../../images/chooseImage";
import { isExpired } from "../../images/imageOverride";
import { ANNOTATIONS } from "../../images/metadata";
import { type CheckedObject, annotationOf, describeObject } from "../kubernetes/checkedObject";
import { UNKNOWN } from "../kubernetes/readField";
import { type Finding, type ObjectRule, type RuleContext, unknownFinding } from "../rule";

const config = z.strictObject({});

/** An override says who answers for it, why, and until when, and that day has not passed. */
export const noExpiredOverride: ObjectRule<z.infer<typeof config>> = {
    name: "no-expired-override",
    description: "Every image override names its owner, its reason and a last day that has not passed.",
    level: "mandatory",
    severity: "high",
    remedy: "Remove the override so that the agent follows the platform's pin, or have its owner renew the date.",
    config,
    checkObject,
};

function checkObject(object: CheckedObject, _config: unknown, context: RuleContext): Finding[] {
    const source = annotationOf(object, ANNOTATIONS.imageSource);
    const owner = annotationOf(object, ANNOTATIONS.overrideOwner);
    const reason = annotationOf(object, ANNOTATIONS.overrideReason);
    const expires = annotationOf(object, ANNOTATIONS.overrideExpires);
    // An expiry date alone is a claim too: without it, dropping one annotation would hide an expired override.
    const claimsOverride = isOverrideSource(source) || expires !== undefined;
    if (!claimsOverride) {
        return [];
    }
    const subject = describeObject(object);
    const findings: Finding[] = [];
    const missing = [
        [ANNOTATIONS.overrideOwner, owner, "who answers for it"],
        [ANNOTATIONS.overrideReason, reason, "why it is needed"],
        [ANNOTATIONS.overrideExpires, expires, "its last day, YYYY-MM-DD"],
    ] as const;
    for (const [key, value, what] of missing) {
        const path = `${object.pathPrefix}metadata.annotations["${key}"]`;
        if (value === UNKNOWN) {
            findings.push(unknownFinding(object, `the annotation "${key}"`, path));
        } else if (value === undefined || value.trim() === "") {
            const summary = `${subject} has an image override that does not say ${what}`;
            findings.push({ kind: "violation", summary, path, fix: `${key}: "<${what}>"` });
        }
    }
    if (typeof expires === "string" && expires.trim() !== "") {
        findings.push(...checkDate(object, subject, expires, { owner, reason }, context));
    }
    return findings;
}

function checkDate(
    object: CheckedObject,
    subject: string,
    expires: string,
    who: { readonly owner: unknown; readonly reason: unknown },
    { now, deploying = false }: RuleContext,
): Finding[] {
    const path = `${object.pathPrefix}metadata.annotations["${ANNOTATIONS.overrideExpires}"]`;
    if (!z.iso.date().safeParse(expires).success) {
        return [
            {
                kind: "violation",
                summary: `${subject} has an image override whose last day is no date: "${expires}"`,
                path,
                fix: `${ANNOTATIONS.overrideExpires}: "YYYY-MM-DD"`,
            },
        ];
    }
    if (!isExpired({ expires }, now)) {
        return [];
    }
    const owner = typeof who.owner === "string" ? `"${who.owner}"` : "nobody";
    const reason = typeof who.reason === "string" ? `"${who.reason}"` : "no reason";
    return [
        {
            // The agent stays as it is, and all others are updated: reports are red, and the update is not stopped.
            kind: deploying ? "advice" : "violation",
            summary: `${subject} has an image override that expired on "${expires}"`,
            path,
            why: `${owner} answers for it, because of ${reason}, until that day and no longer`,
            fix: "remove the override to follow the platform's pin, or have its owner renew the date",
        },
    ];
}
