import { z } from "zod";
import { formatImageReference, parseImageReference, sameRepository } from "../../images/imageReference";
import {
    AGENT_CONTAINER,
    AGENT_DEPLOYMENT_PREFIX,
    ANNOTATIONS,
    LABELS,
    ORG_NAMESPACE_PREFIX,
} from "../../images/metadata";
import { ReferenceOutputError, type RuntimeImage, parseRuntimeImages } from "../../images/runtimeImages";
import { describeParts, quoteImage } from "../imageReport";
import {
    type CheckedObject,
    annotationOf,
    describeObject,
    labelOf,
    nameOf,
    namespaceOf,
} from "../kubernetes/checkedObject";
import { findImages } from "../kubernetes/findImages";
import type { ImageSite } from "../kubernetes/imageSite";
import { UNKNOWN } from "../kubernetes/readField";
import { isOverrideSource } from "../overrideAnnotations";
import type { Finding, ObjectRule } from "../rule";

const config = z.strictObject({
    /** The platform stack's output `runtimeImages`, whole: `pulumi stack output runtimeImages --json`. */
    runtimeImages: z
        .unknown()
        .superRefine((output, context) => {
            if (output === undefined) {
                return;
            }
            try {
                parseRuntimeImages(output, "the policy pack's config");
            } catch (error) {
                if (!(error instanceof ReferenceOutputError)) {
                    throw error;
                }
                for (const problem of error.problems) {
                    context.addIssue({ code: "custom", message: problem });
                }
            }
        })
        .optional(),
});

type Config = z.infer<typeof config>;

/** An agent in a customer org's namespace runs what the platform pins for its runtime, or an override that says so. */
export const requirePlatformImage: ObjectRule<Config> = {
    name: "require-platform-image",
    description:
        "Every agent of a customer org runs the image that the platform pins for its runtime, or a declared override.",
    level: "mandatory",
    severity: "high",
    remedy: "Follow the platform's pin, or declare an override with owner, reason and expiry in the org's file.",
    config,
    checkObject,
};

function checkObject(object: CheckedObject, { runtimeImages }: Config): Finding[] {
    const namespace = namespaceOf(object);
    if (typeof namespace !== "string" || !namespace.startsWith(ORG_NAMESPACE_PREFIX)) {
        return [];
    }
    const agents = agentContainers(object);
    if (agents.length === 0) {
        return [];
    }
    const subject = describeObject(object);
    const source = annotationOf(object, ANNOTATIONS.imageSource);
    if (source === UNKNOWN) {
        const message = `${subject}: where its image comes from can't be known during preview; it is checked at the update.`;
        return [{ kind: "unknown", message }];
    }
    // An override's own rules: no-expired-override and no-mutable-last-resort judge whether it is a good one.
    if (isOverrideSource(source) || source === "last-resort") {
        return [];
    }
    if (runtimeImages === undefined) {
        const message =
            `${subject}: not checked against the platform's pins, since the policy pack's config has none. ` +
            `Put the output of "pulumi stack output runtimeImages --json" of the platform stack under ` +
            `"require-platform-image": { "runtimeImages": … }.`;
        return [{ kind: "advice", message }];
    }
    const pins = parseRuntimeImages(runtimeImages, "the policy pack's config");
    const runtime = runtimeOf(object);
    if (runtime === UNKNOWN) {
        const message = `${subject}: its runtime can't be known during preview; it is checked at the update.`;
        return [{ kind: "unknown", message }];
    }
    const pin = runtime === undefined ? undefined : pins.get(runtime);
    if (runtime === undefined || pin === undefined) {
        const known = [...pins.keys()].sort().map((name) => `"${name}"`);
        const what =
            runtime === undefined
                ? `has no label "${LABELS.runtime}"`
                : `names the runtime "${runtime}", which has no pin`;
        const message = `${subject} ${what}, so it follows no pin.\n  fix:   label it with one of ${known.join(", ")}`;
        return [{ kind: "violation", message }];
    }
    return agents.flatMap((site) => checkAgent(site, subject, runtime, pin));
}

function checkAgent(site: ImageSite, subject: string, runtime: string, pin: RuntimeImage): Finding[] {
    const { image, path } = site;
    if (image === UNKNOWN) {
        const message = `${subject}: ${site.what} at ${path} can't be known during preview; it is compared with the pin at the update.`;
        return [{ kind: "unknown", path, message }];
    }
    const parsed = parseImageReference(image);
    if (
        parsed.ok &&
        parsed.reference.digest === pin.image.digest &&
        sameRepository(parsed.reference, pin.image)
    ) {
        return [];
    }
    const lines = [
        `${subject}: ${site.what} does not run the platform's image of the runtime "${runtime}": ${quoteImage(image)}`,
        `  path:  ${path}`,
        `  parts: ${parsed.ok ? describeParts(parsed.reference) : "(none, it does not parse)"}`,
        `  why:   the platform pins ${pin.release}, and no override is declared`,
        `  fix:   image: "${formatImageReference(pin.image)}"`,
    ];
    return [{ kind: "violation", path, message: lines.join("\n") }];
}

/**
 * The containers that are agents: `agent` and `agent-*`. In a workload that is named like an agent but has none of these,
 * all of them, so that another name does not slip through.
 */
function agentContainers(object: CheckedObject): ImageSite[] {
    const sites = findImages(object).filter(
        ({ what }) => what.startsWith("container") || what === "pod spec",
    );
    const named = sites.filter(
        ({ containerName }) =>
            containerName === AGENT_CONTAINER || containerName?.startsWith(AGENT_DEPLOYMENT_PREFIX) === true,
    );
    if (named.length > 0) {
        return named;
    }
    const name = nameOf(object);
    return typeof name === "string" && name.startsWith(AGENT_DEPLOYMENT_PREFIX) ? sites : [];
}

function runtimeOf(object: CheckedObject): string | typeof UNKNOWN | undefined {
    return labelOf(object, LABELS.runtime);
}
