import { type ImageReference, formatImageReference } from "../images/imageReference";
import type { RuntimeImages } from "../images/runtimeImages";
import type { PlatformConfig } from "./platformConfig";

/** The version of the `pinHistory` output. */
export const PIN_HISTORY_SCHEMA_VERSION = 1;

/** One image that a runtime was pinned to. */
export interface PinHistoryEntry {
    readonly image: string;
    readonly release: string;
    readonly promotedAt?: string;
}

/** The output `pinHistory`: for every runtime its pins, newest first, the present one among them. */
export interface PinHistoryOutput {
    readonly schemaVersion: typeof PIN_HISTORY_SCHEMA_VERSION;
    readonly runtimes: Readonly<Record<string, readonly PinHistoryEntry[]>>;
}

/** The history of every pin: what says how many releases and days an agent is behind. */
export function formatPinHistory(
    runtimes: PlatformConfig["runtimes"],
    images: RuntimeImages,
): PinHistoryOutput {
    const histories = [...images]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([runtime, { image, ...rest }]): [string, PinHistoryEntry[]] => [
            runtime,
            [
                { image: formatImageReference(image), ...rest },
                ...(runtimes.get(runtime)?.history ?? []).map((record) => ({
                    image: formatImageReference(record.image),
                    release: record.release ?? releaseOf(record.image),
                    promotedAt: record.promotedAt,
                })),
            ],
        ]);
    return { schemaVersion: PIN_HISTORY_SCHEMA_VERSION, runtimes: Object.fromEntries(histories) };
}

/** What a pin's release is called where nobody named it: the image's tag, or the start of its digest. */
export function releaseOf(image: ImageReference): string {
    return image.tag ?? image.digest?.slice(0, "sha256:".length + 12) ?? formatImageReference(image);
}
