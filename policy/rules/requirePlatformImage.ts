import { z } from "zod";
import { isOverrideSource } from "../../images/chooseImage";
import { formatImageReference, parseImageReference, sameRepository } from "../../images/imageReference";
import {
    AGENT_CONTAINER,
    AGENT_DEPLOYMENT_PREFIX,
    ANNOTATIONS,
    LABELS,
    ORG_NAMESPACE_PREFIX,
} from "../../images/metadata";
import {
    ReferenceOutputError,
    type RuntimeImage,
    type RuntimeImages,
    parseRuntimeImages,
} from "../../images/runtimeImages";
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
import { type Finding, type ObjectRule, unknownFinding } from "../rule";

const config = z.strictObject({
    /** The platform stack's output `runtimeImages`, whole: `pulumi stack output runtimeImages --json`. */
    runtimeImages: z
        .unknown()
        .transform((output, context): RuntimeImages | undefined => {
            try {
                return output === undefined
                    ? undefined
                    : parseRuntimeImages(output, "(the policy pack's config)");
            } catch (error) {
                if (!(error instanceof ReferenceOutputError)) {
                    throw error;
                }
                for (const message of error.problems) {
                    context.addIssue({ code: "custom", message });
                }
                return z.NEVER;
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
    const sites = findImages(object);
    const agents = agentContainers(object, sites);
    if (agents.length === 0) {
        return runtimeImages === undefined ? [] : checkOthers(object, sites, runtimeImages);
    }
    const subject = describeObject(object);
    const source = annotationOf(object, ANNOTATIONS.imageSource);
    if (source === UNKNOWN) {
        return [unknownFinding(object, "where its image comes from")];
    }
    // An override's own rules: no-expired-override and no-mutable-last-resort judge whether it is a good one.
    if (isOverrideSource(source) || source === "last-resort") {
        return [];
    }
    if (runtimeImages === undefined) {
        return [
            {
                kind: "advice",
                summary: `${subject} is not compared with the platform's pins: the policy pack's config has none`,
                toldOnce:
                    "agents are not compared with the platform's pins: the policy pack's config has none",
                fix:
                    "put the platform stack's output (pulumi stack output runtimeImages --json) under\n" +
                    '"require-platform-image": { "runtimeImages": … } in the policy pack\'s config',
            },
        ];
    }
    const runtime = labelOf(object, LABELS.runtime);
    if (runtime === UNKNOWN) {
        return [unknownFinding(object, "its runtime")];
    }
    const pin = runtime === undefined ? undefined : runtimeImages.get(runtime);
    if (runtime === undefined || pin === undefined) {
        const known = [...runtimeImages.keys()].sort().map((name) => `"${name}"`);
        const what =
            runtime === undefined
                ? `has no label "${LABELS.runtime}"`
                : `names the runtime "${runtime}", which has no pin`;
        return [
            {
                kind: "violation",
                summary: `${subject} ${what}`,
                path: `${object.pathPrefix}metadata.labels["${LABELS.runtime}"]`,
                why: "an agent without a known runtime follows no pin",
                fix: `${LABELS.runtime}: <one of ${known.join(", ")}>`,
            },
        ];
    }
    const others = sites.filter((site) => !agents.includes(site));
    return [
        ...agents.flatMap((site) => checkAgent(site, subject, runtime, pin)),
        ...checkOthers(object, others, runtimeImages),
    ];
}

/**
 * Containers beside the agent, native sidecars and image volumes among them: whatever comes from a pinned runtime's repository
 * is that runtime, under whatever name it runs.
 */
function checkOthers(object: CheckedObject, sites: readonly ImageSite[], pins: RuntimeImages): Finding[] {
    if (isOverrideSource(annotationOf(object, ANNOTATIONS.imageSource))) {
        return [];
    }
    return sites.flatMap((site): Finding[] => {
        const parsed = parseImageReference(site.image);
        if (!parsed.ok) {
            return [];
        }
        const { reference } = parsed;
        const same = [...pins].filter(([, pin]) => sameRepository(reference, pin.image));
        const [first] = same;
        if (first === undefined || same.some(([, pin]) => pin.image.digest === reference.digest)) {
            return [];
        }
        return checkAgent(site, describeObject(object), ...first);
    });
}

function checkAgent(site: ImageSite, subject: string, runtime: string, pin: RuntimeImage): Finding[] {
    const { image, path } = site;
    if (image === UNKNOWN) {
        const summary = `${subject}: ${site.what} has an unknown image, which can't be known during preview`;
        return [{ kind: "unknown", summary, path, why: "it is compared with the pin at the update" }];
    }
    const parsed = parseImageReference(image);
    if (
        parsed.ok &&
        parsed.reference.digest === pin.image.digest &&
        sameRepository(parsed.reference, pin.image)
    ) {
        return [];
    }
    return [
        {
            kind: "violation",
            summary: `${subject}: ${site.what} does not run the platform's image of the runtime "${runtime}": ${quoteImage(image)}`,
            path,
            parts: parsed.ok ? describeParts(parsed.reference) : "(none, it does not parse)",
            why: `the platform pins the release "${pin.release}", and no override is declared`,
            fix: `image: "${formatImageReference(pin.image)}"`,
        },
    ];
}

/**
 * The containers that are agents: `agent` and `agent-*`. In a workload that is named like an agent but has none of these,
 * all of them, so that another name does not slip through.
 */
function agentContainers(object: CheckedObject, all: readonly ImageSite[]): ImageSite[] {
    const sites = all.filter(({ what }) => what.startsWith("container") || what === "pod spec");
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
