import { type ImageOverride, isExpired } from "./imageOverride";
import { type ImageReference, parseImageReference } from "./imageReference";
import { judgeImage } from "./immutability";
import type { RuntimeImages } from "./runtimeImages";

/** Where an agent's image came from, nearest first. */
export type ImageSource = "agent-override" | "org-override" | "stack-override" | "pin" | "last-resort";

/** All that the choice of one agent's image depends on. */
export interface ImageQuestion {
    /** The customer org's slug. */
    readonly org: string;
    /** The agent's name within its org. */
    readonly agent: string;
    /** The runtime that the agent runs. */
    readonly runtime: string;
    /** The agent's own override. */
    readonly agentOverride?: ImageOverride;
    /** The org's override for this runtime. */
    readonly orgOverride?: ImageOverride;
    /** The stack's override for this runtime: the seed's `CUSTOMER_AGENT_IMAGE`. */
    readonly stackOverride?: ImageOverride;
    /** The reference stack's pins. */
    readonly pins: RuntimeImages;
    /** The reference stack's name, for the error. */
    readonly referenceStack: string;
    /** A mutable image for this runtime, only where the stack's config opts in. */
    readonly lastResort?: string;
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
}

/** A choice, or the one sentence that says why there is none and where to fix it. */
export type ChosenImage =
    { readonly ok: true; readonly choice: ImageChoice } | { readonly ok: false; readonly problem: string };

/**
 * The one place where an agent's image is decided: agent's override → org's override → stack's override → the reference's
 * pin → a last resort where the stack opted in → an error. Pure; never throws.
 *
 * An expired override is an error and never skipped: falling through to the pin would roll a held customer without a
 * decision, and staying on the override would hold it for ever.
 */
export function chooseImage(question: ImageQuestion): ChosenImage {
    const overrides: readonly [ImageSource, string, ImageOverride | undefined][] = [
        ["agent-override", `agent "${question.agent}" of org "${question.org}"`, question.agentOverride],
        ["org-override", `org "${question.org}"`, question.orgOverride],
        ["stack-override", "the stack's config", question.stackOverride],
    ];
    for (const [source, place, override] of overrides) {
        if (override !== undefined) {
            return takeOverride(question, source, place, override);
        }
    }
    const pin = question.pins.get(question.runtime);
    if (pin !== undefined) {
        return { ok: true, choice: { image: pin.image, source: "pin", release: pin.release } };
    }
    if (question.lastResort !== undefined) {
        const parsed = parseImageReference(question.lastResort);
        return parsed.ok
            ? { ok: true, choice: { image: parsed.reference, source: "last-resort" } }
            : fail(
                  question,
                  `its last resort "${question.lastResort}" is not an image reference: ${parsed.reason}`,
              );
    }
    const known = [...question.pins.keys()].sort().map((name) => `"${name}"`);
    return fail(
        question,
        `the runtime "${question.runtime}" has no pin in the reference stack "${question.referenceStack}" ` +
            `(it pins ${known.join(", ") || "nothing"}); add the pin there, or correct the runtime in orgs/…/${question.org}.yaml`,
    );
}

function takeOverride(
    question: ImageQuestion,
    source: ImageSource,
    place: string,
    override: ImageOverride,
): ChosenImage {
    if (isExpired(override, question.now)) {
        return fail(
            question,
            `the image override of ${place} expired on "${override.expires}" (owner "${override.owner}", reason ` +
                `"${override.reason}"); remove it to follow the platform's pin, or have its owner renew the date`,
        );
    }
    const verdict = judgeImage(override.image);
    if (verdict.kind === "mutable" || verdict.kind === "unparsable") {
        return fail(
            question,
            `the image override "${override.image}" of ${place} is refused: ${verdict.reason}; expected a digest or a git-SHA tag`,
        );
    }
    return { ok: true, choice: { image: verdict.reference, source, override } };
}

function fail(question: ImageQuestion, why: string): ChosenImage {
    return { ok: false, problem: `org "${question.org}", agent "${question.agent}": ${why}` };
}
