import type { Story } from "./story";
import { tellBeginning } from "./tellBeginning";
import { tellHandMadeOrgs } from "./tellHandMadeOrgs";
import { tellPromotion } from "./tellPromotion";
import { tellRelease } from "./tellRelease";

/**
 * Tells the story of the seeds on a real API server: drift, the pin, a forgotten runtime, a release, the refusal of `:latest`,
 * and the orgs that nobody manages.
 *
 * @throws ClaimError when a step's claim is not borne out by the API server; whatever a step fails with
 */
export async function tellStory(story: Story): Promise<void> {
    await tellBeginning(story);
    await tellPromotion(story);
    const planned = await tellRelease(story);
    await tellHandMadeOrgs(story, planned);
}
