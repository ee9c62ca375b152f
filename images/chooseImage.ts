import { type ImageOverride, daysUntil, isExpired } from "./imageOverride";
import { type ImageReference, formatImageReference, readImage, sameRepository } from "./imageReference";
import { judgeReference } from "./immutability";
import { quoteNames } from "../lib/text/quoteValue";
import { sameImage } from "./sameImage";

/** Where an agent's image came from, nearest first. */
export type ImageSource = "agent-override" | "org-override" | "stack-override" | "pin" | "last-resort";

/** Whether what an object says of its image's source is an override: somebody's decision, with a last day. */
export function isOverrideSource(source: unknown): boolean {
    const overrides: readonly ImageSource[] = ["agent-override", "org-override", "stack-override"];
    return (overrides as readonly unknown[]).includes(source);
}

/** All that the choice of one agent's image depends on. */
export interface ImageQuestion {
    readonly org: {
        readonly slug: string;
        /** The org's overrides by runtime. */
        readonly imageOverrides?: ReadonlyMap<string, ImageOverride>;
    };
    readonly agent: {
        readonly name: string;
        readonly runtime: string;
        /** The agent's own override. */
        readonly imageOverride?: ImageOverride;
    };
    readonly stack: {
        /** The reference stacks' names, for the error. */
        readonly referenceStack: readonly string[];
        /** The stack's overrides by runtime: the seed's `CUSTOMER_AGENT_IMAGE`. */
        readonly imageOverrides: ReadonlyMap<string, ImageOverride>;
        /** Images by runtime that may be mutable, only where the stack's config opts in. */
        readonly lastResortImages: ReadonlyMap<string, ImageReference>;
        /** How far ahead the last day of an override may be, and whether its repository may be another than the pin's. */
        readonly overrides: { readonly maxDays: number; readonly allowOtherRepositories: boolean };
    };
    /** The image that the stack deployed last for an agent, where it has; absent where nobody was asked. */
    readonly deployed?: ((org: string, agent: string) => string | undefined) | undefined;
    /** The reference stack's pins by runtime. */
    readonly pins: ReadonlyMap<string, Pick<ImageChoice, "image" | "release">>;
    /** The moment at which overrides are judged. */
    readonly now: Date;
}

/** The image that an agent runs and where it came from. */
export interface ImageChoice {
    readonly image: ImageReference;
    readonly source: ImageSource;
    /** The pin's release; absent unless the source is `pin`, since nothing else follows a release. */
    readonly release?: string;
    /** The override that was taken, when one was. */
    readonly override?: ImageOverride;
    /** That override's last day has passed: the agent stays as it is until somebody decides, and every report is red. */
    readonly expired?: string;
}

/** A choice, or the one sentence that says why there is none and where to fix it. */
export type ChosenImage =
    | { readonly ok: true; readonly choice: ImageChoice }
    | {
          readonly ok: false;
          readonly problem: string;
          /** The override that was refused: what the agent stays on until somebody decides. */
          readonly override?: ImageOverride;
      };

/**
 * The one place where an agent's image is decided: agent's override → org's override → stack's override → the reference's
 * pin → a last resort where the stack opted in → an error. Pure; never throws.
 *
 * An expired override is never skipped, since falling through to the pin would roll a held customer without a decision. It holds
 * its own agents exactly as they are, says so, and stops nobody else; a new one, which has never been deployed, is an error.
 */
export function chooseImage(question: ImageQuestion): ChosenImage {
    const { org, agent, stack, pins } = question;
    const { runtime } = agent;
    const overrides: readonly [ImageSource, string, ImageOverride | undefined][] = [
        ["agent-override", `agent "${agent.name}" of org "${org.slug}"`, agent.imageOverride],
        ["org-override", `org "${org.slug}"`, org.imageOverrides?.get(runtime)],
        ["stack-override", "the stack's config", stack.imageOverrides.get(runtime)],
    ];
    for (const [source, place, override] of overrides) {
        if (override !== undefined) {
            return takeOverride(question, source, place, override);
        }
    }
    const pin = pins.get(runtime);
    if (pin !== undefined) {
        return { ok: true, choice: { image: pin.image, source: "pin", release: pin.release } };
    }
    const lastResort = stack.lastResortImages.get(runtime);
    if (lastResort !== undefined) {
        return { ok: true, choice: { image: lastResort, source: "last-resort" } };
    }
    const known = [...pins.keys()].sort().map((name) => `"${name}"`);
    return fail(
        question,
        `the runtime "${runtime}" has no pin in the reference stack ${quoteNames(stack.referenceStack)} ` +
            `(it pins ${known.join(", ") || "nothing"}); add the pin there, or correct the runtime in orgs/…/${org.slug}.yaml`,
    );
}

function takeOverride(
    question: ImageQuestion,
    source: ImageSource,
    place: string,
    override: ImageOverride,
): ChosenImage {
    const { org, agent, stack, pins, deployed, now } = question;
    const refuse = (why: string) => fail(question, why, override);
    const written = formatImageReference(override.image);
    const verdict = judgeReference(override.image);
    if (verdict.kind === "mutable" || verdict.kind === "unparsable") {
        return refuse(
            `the image override "${written}" of ${place} is refused: ${verdict.reason}; expected a digest or a git-SHA tag`,
        );
    }
    const running = deployed?.(org.slug, agent.name);
    // A rule about repositories that changes with the pin must not stop a release because of one org.
    const standing = running !== undefined && sameImage(readImage(running), override.image);
    if (isExpired(override, now)) {
        const expired =
            `the image override of ${place} expired on "${override.expires}" (owner "${override.owner}", reason ` +
            `"${override.reason}"); remove it to follow the platform's pin, or have its owner renew the date`;
        return deployed === undefined || standing
            ? { ok: true, choice: { image: override.image, source, override, expired } }
            : refuse(`${expired}; it was never deployed, and expected a last day that has not passed`);
    }
    const { maxDays, allowOtherRepositories } = stack.overrides;
    if (daysUntil(override.expires, now) > maxDays) {
        return refuse(
            `the image override of ${place} expires on "${override.expires}", in ${daysUntil(override.expires, now)} days; ` +
                `expected at most ${maxDays} days (overrides.maxDays in the stack's config)`,
        );
    }
    const pin = pins.get(agent.runtime);
    if (
        pin !== undefined &&
        !standing &&
        !allowOtherRepositories &&
        !sameRepository(pin.image, override.image)
    ) {
        return refuse(
            `the image override "${written}" of ${place} is of another repository than its runtime's pin; ` +
                `expected "${pin.image.repository}", or overrides.allowOtherRepositories in the stack's config`,
        );
    }
    return { ok: true, choice: { image: override.image, source, override } };
}

function fail({ org, agent }: ImageQuestion, why: string, override?: ImageOverride): ChosenImage {
    return { ok: false, problem: `org "${org.slug}", agent "${agent.name}": ${why}`, override };
}
