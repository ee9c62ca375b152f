import type { PinnedReference } from "../../images/imageReference";
import type { Patience } from "../../lib/http/retry";
import { messageOf } from "../../lib/text/mendableError";
import { compareFleet } from "./compareFleet";
import type { FleetFacts, Platforms } from "./fleetFacts";
import type { FleetReport } from "./fleetReport";

/** A report is for somebody who waits. */
const PATIENCE: Patience = { attempts: 2, firstDelayMs: 500, maxDelayMs: 2_000, timeoutMs: 10_000 };

/**
 * Compares, and where pods run other digests than were deployed, asks the registry once for each image whether these are its
 * platforms', and compares again. Where every pod runs what was deployed, nobody is asked.
 *
 * @param known what was answered before, which is not asked again, and what is answered now
 */
export async function comparePlatforms(
    facts: FleetFacts,
    known: Map<string, Platforms> = new Map<string, Platforms>(),
): Promise<FleetReport> {
    const asked = new Map<string, PinnedReference>();
    const report = compareFleet({
        ...facts,
        platformsOf: (image) => {
            const answer = known.get(image.digest);
            if (answer === undefined) {
                asked.set(image.digest, image);
            }
            return answer;
        },
    });
    if (asked.size === 0) {
        return report;
    }
    const { platformDigests } = await import("../../registry/registryClient");
    const answers = await Promise.all(
        [...asked].map(async ([digest, image]): Promise<[string, Platforms]> => {
            try {
                return [digest, { ok: true, digests: await platformDigests(image, { patience: PATIENCE }) }];
            } catch (error) {
                // Whatever it is: what the registry has not said is said to nobody.
                return [digest, { ok: false, why: messageOf(error) }];
            }
        }),
    );
    for (const [digest, platforms] of answers) {
        known.set(digest, platforms);
    }
    return compareFleet({ ...facts, platformsOf: ({ digest }) => known.get(digest) });
}
