import { chooseImage } from "../../images/chooseImage";
import type { ImageOverride } from "../../images/imageOverride";
import { formatImageReference, sameRepository } from "../../images/imageReference";
import { releaseOf } from "../../images/pinHistory";
import { quoteValue } from "../../lib/text/quoteValue";
import type { PinRecord } from "../../platform/pinRecord";
import { type Environment, environmentFile } from "../environment";
import { type Prohibitions, mayMove } from "../mayMove";
import type { Problem } from "../problem";
import { type Release, publishedPin } from "../release/release";
import { rolledBackFrom } from "../soakTime";
import type { HeldOrg } from "./heldOrg";

/** An image by which a runtime of an org is to be held. */
export interface HeldImage {
    readonly runtime: string;
    readonly record: PinRecord;
}

/**
 * What is known of a runtime by a release's name or a digest: from the releases that were published, and from what the environment
 * was pinned to.
 */
function findKnown(
    runtime: string,
    to: string,
    { config }: Environment,
    releases: readonly Release[],
): readonly PinRecord[] {
    const pin = config.runtimes.get(runtime);
    const pinned = pin === undefined ? [] : [pin, ...(pin.history ?? [])];
    const known: readonly PinRecord[] = [
        ...releases.map((release) => publishedPin(release, runtime)),
        ...pinned.map(({ image, ...rest }) => image && { ...rest, image }),
    ].filter((record) => record !== undefined);
    const meant = known.filter((record) => record.image.digest === to || releaseOf(record) === to);
    return [...new Map(meant.map((record) => [record.image.digest, record])).values()].map((record) => {
        // A check that failed did so whatever else is said of the same image, and under which name.
        const same = known.filter(({ image }) => image.digest === record.image.digest);
        return { ...record, evidence: same.flatMap(({ evidence }) => evidence ?? []) };
    });
}

/** What forbids an override: what a promotion asks of an image, and what the program asks of an override. Pure. */
export function checkHold(
    { runtime, record }: HeldImage,
    override: ImageOverride,
    { org, agents, loaded }: Pick<HeldOrg, "org" | "agents" | "loaded">,
    prohibitions: Prohibitions,
): readonly Problem[] {
    const { environment, now } = prohibitions;
    const { runtimes, promotion } = environment.config;
    const pin = runtimes.get(runtime);
    const { digest } = record.image;
    const problems: Problem[] = [...mayMove([{ runtime, act: "hold", digest }], prohibitions)];
    const add = (check: Problem["check"], message: string, unknown?: true) => {
        problems.push({ check, runtime, message, unknown });
    };
    for (const { name, url, digest: report } of (record.evidence ?? []).filter(
        ({ result }) => result === "failed",
    )) {
        add("evidence", `the check "${name}" failed (${url ?? report ?? ""}); expected an image that passed`);
    }
    const why = pin && rolledBackFrom(pin, "standing").get(digest ?? "");
    if (why !== undefined) {
        add(
            "hold",
            `this is an image that ${environment.name} was rolled back from: ${why}; expected another`,
        );
    }
    if (pin?.image === undefined) {
        const listed = promotion.repositories.get(runtime) ?? [];
        const file = environmentFile(environment.name);
        if (listed.length === 0) {
            const message = `which repository is allowed is unknown: ${file} pins no image of it; expected platform:promotion.repositories there`;
            add("repository", message, true);
        } else if (!listed.some((repository) => sameRepository(repository, record.image))) {
            add(
                "repository",
                `the repository "${record.image.repository}" is not one that ${file} lists for it`,
            );
        }
    }
    const pins = new Map(pin?.image === undefined ? [] : [[runtime, { image: pin.image }]]);
    // An agent's own override stands before the org's, and is judged by itself.
    const [agent] = agents.filter((each) => each.runtime === runtime);
    const chosen = chooseImage({
        org: { slug: org.slug },
        agent: { name: agent?.name ?? "", runtime, imageOverride: override },
        stack: loaded.config,
        pins,
        deployed: () => undefined,
        now,
    });
    if (!chosen.ok) {
        add("override", chosen.problem);
    }
    return problems;
}

/** The image that each runtime is held by, and which are not known. */
export function chooseHeld(
    runtimes: readonly string[],
    to: string,
    environment: Environment,
    releases: readonly Release[],
): {
    readonly held: readonly HeldImage[];
    readonly problems: readonly Problem[];
    readonly left: readonly string[];
} {
    const found = runtimes.map((runtime) => ({
        runtime,
        known: findKnown(runtime, to, environment, releases),
    }));
    const held = found.flatMap(({ runtime, known: [record] }) => (record ? [{ runtime, record }] : []));
    const problems = found.flatMap(({ runtime, known }): Problem[] => {
        if (known.length <= 1) {
            return [];
        }
        const images = known.map(({ image }) => `"${formatImageReference(image)}"`).join(" and ");
        return [{ check: "release", runtime, message: `${quoteValue(to)} is ${images}; expected a digest` }];
    });
    if (held.length === 0) {
        const message = `no release in releases/ and no pin of ${environmentFile(environment.name)} is ${quoteValue(to)} for ${runtimes.join(" or ")}; expected the name or the digest of one that is known`;
        problems.push({ check: "release", message });
    }
    const left = found.flatMap(({ runtime, known }) =>
        held.length > 0 && known.length === 0 ? [runtime] : [],
    );
    return { held, problems, left };
}
