import { z } from "zod";
import { ANNOTATIONS } from "../../images/metadata";
import { type CheckedObject, annotationOf, describeObject } from "../kubernetes/checkedObject";
import { UNKNOWN } from "../kubernetes/readField";
import type { Finding, ObjectRule } from "../rule";

const config = z.strictObject({
    /** What the stacks that it guards are for, in the words of their own setting. */
    environment: z.enum(["production", "staging", "development"]).default("production"),
});

/** No agent runs an image that was taken from a mutable tag because nothing was pinned. */
export const noMutableLastResort: ObjectRule<z.infer<typeof config>> = {
    name: "no-mutable-last-resort",
    description:
        "No agent runs a last resort: an image resolved from a mutable tag because its runtime had no pin.",
    level: "mandatory",
    severity: "high",
    remedy: "Pin the runtime in the platform stack, or declare an override with owner, reason and expiry.",
    config,
    checkObject,
};

function checkObject(object: CheckedObject, { environment }: z.infer<typeof config>): Finding[] {
    const source = annotationOf(object, ANNOTATIONS.imageSource);
    const lastResortOf = annotationOf(object, ANNOTATIONS.lastResortOf);
    if (source !== "last-resort" && lastResortOf === undefined) {
        return [];
    }
    const key = source === "last-resort" ? ANNOTATIONS.imageSource : ANNOTATIONS.lastResortOf;
    const path = `${object.pathPrefix}metadata.annotations["${key}"]`;
    const origin =
        lastResortOf === UNKNOWN || lastResortOf === undefined ? "a mutable tag" : `"${lastResortOf}"`;
    return [
        {
            kind: environment === "development" ? "advice" : "violation",
            summary: `${describeObject(object)} runs a last resort, resolved from ${origin}`,
            path,
            why: "its runtime has no pin, and the next deployment may resolve the tag to another image",
            fix: 'pin the runtime in the platform stack, or take "allowMutableLastResort" out of the stack\'s config',
        },
    ];
}
