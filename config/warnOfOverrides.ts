import { daysUntil } from "../images/imageOverride";
import type { OrgImages } from "./chooseAgentImages";

/** A line for every agent whose override has expired, or does within `warnDays`: an update goes on, and says so. */
export function warnOfOverrides(orgs: readonly OrgImages[], warnDays: number, now: Date): readonly string[] {
    return orgs.flatMap(({ org, agents }) =>
        agents.flatMap(({ agent, image: { override, expired } }) => {
            const who = `org "${org.slug}", agent "${agent.name}"`;
            if (expired !== undefined) {
                return [`${who}: stays as it is: ${expired}`];
            }
            const days = override === undefined ? Infinity : daysUntil(override.expires, now);
            return override !== undefined && days <= warnDays
                ? [
                      `${who}: its image override ends in ${days} days, after "${override.expires}" ` +
                          `(owner "${override.owner}", reason "${override.reason}")`,
                  ]
                : [];
        }),
    );
}
