import type { FoundImage } from "../../images/imageReference";
import type { PastPin } from "../../images/pinHistory";
import { sameImage } from "../../images/sameImage";

/** How far an image is behind the pin. */
export interface Lag {
    /** Releases between the image and the pin; 0 is the pin itself, `null` is an image that the history does not have. */
    readonly releases: number | null;
    /** Whole days since the first newer release was promoted; `null` where that was not recorded. */
    readonly days: number | null;
}

/** What is known of an image that the history does not have. */
export const UNKNOWN_LAG: Lag = { releases: null, days: null };

const DAY_MS = 86_400_000;

/** How far an image is behind its runtime's pin, by the history of pins. */
export function howFarBehind(pins: readonly PastPin[] | undefined, image: FoundImage, now: Date): Lag {
    // A pin that was promoted again is one release, and has been there since it was first.
    const distinct = pins?.filter((pin, index) => {
        const older = pins[index + 1];
        return older === undefined || !sameImage(pin.image, older.image);
    });
    const releases = distinct?.findIndex((pin) => sameImage(pin.image, image)) ?? -1;
    if (distinct === undefined || releases < 0) {
        return UNKNOWN_LAG;
    }
    if (releases === 0) {
        return { releases: 0, days: 0 };
    }
    const since = distinct[releases - 1]?.promotedAt;
    return {
        releases,
        days:
            since === undefined
                ? null
                : Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / DAY_MS)),
    };
}
