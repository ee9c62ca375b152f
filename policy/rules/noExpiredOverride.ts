import { z } from "zod";
import { isExpired } from "../../images/imageOverride";
import { ANNOTATIONS } from "../../images/metadata";
import { type CheckedObject, annotationOf, describeObject } from "../kubernetes/checkedObject";
import { UNKNOWN } from "../kubernetes/readField";
import { isOverrideSource } from "../overrideAnnotations";
import type { Finding, ObjectRule, RuleContext } from "../rule";

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

function checkObject(object: CheckedObject, _config: unknown, { now }: RuleContext): Finding[] {
    const source = annotationOf(object, ANNOTATIONS.imageSource);
    const owner = annotationOf(object, ANNOTATIONS.overrideOwner);
    const reason = annotationOf(object, ANNOTATIONS.overrideReason);
    const expires = annotationOf(object, ANNOTATIONS.overrideExpires);
    // An expiry date alone is a claim too: without it, dropping one annotation would hide an expired override.
    const claimsOverride = (source !== UNKNOWN && isOverrideSource(source)) || expires !== undefined;
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
            const message = `${subject}: the annotation "${key}" can't be known during preview; it is checked at the update.`;
            findings.push({ kind: "unknown", path, message });
        } else if (value === undefined || value.trim() === "") {
            const message = [
                `${subject} has an image override without ${what}`,
                `  path:  ${path}`,
                `  fix:   ${key}: "<${what}>"`,
            ].join("\n");
            findings.push({ kind: "violation", path, message });
        }
    }
    if (typeof expires === "string" && expires.trim() !== "") {
        findings.push(...checkDate(object, subject, expires, { owner, reason }, now));
    }
    return findings;
}

function checkDate(
    object: CheckedObject,
    subject: string,
    expires: string,
    who: { readonly owner: unknown; readonly reason: unknown },
    now: Date,
): Finding[] {
    const path = `${object.pathPrefix}metadata.annotations["${ANNOTATIONS.overrideExpires}"]`;
    if (!z.iso.date().safeParse(expires).success) {
        const message = [
            `${subject} has an image override whose last day is no date: "${expires}"`,
            `  path:  ${path}`,
            `  fix:   ${ANNOTATIONS.overrideExpires}: "YYYY-MM-DD"`,
        ].join("\n");
        return [{ kind: "violation", path, message }];
    }
    if (!isExpired({ expires }, now)) {
        return [];
    }
    const message = [
        `${subject} has an image override that expired on "${expires}"`,
        `  path:  ${path}`,
        `  owner: ${typeof who.owner === "string" ? who.owner : "(none)"}`,
        `  why:   it was made because: ${typeof who.reason === "string" ? who.reason : "(no reason)"}`,
        `  fix:   remove the override to follow the platform's pin, or have its owner renew the date`,
    ].join("\n");
    return [{ kind: "violation", path, message }];
}
