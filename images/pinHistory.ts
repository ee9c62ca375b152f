import { z } from "zod";
import { type FoundImage, type ImageReference, formatImageReference, readImage } from "./imageReference";
import type { RuntimeImages } from "./runtimeImages";

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

/** A pin as a stack's file keeps it in its history. */
interface RecordedPin {
    readonly image: ImageReference;
    readonly release?: string;
    readonly promotedAt?: string;
}

/** The history of every pin: what says how many releases and days an agent is behind. */
export function formatPinHistory(
    runtimes: ReadonlyMap<string, { readonly history?: readonly RecordedPin[] }>,
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
                    release: releaseOf(record),
                    promotedAt: record.promotedAt,
                })),
            ],
        ]);
    return { schemaVersion: PIN_HISTORY_SCHEMA_VERSION, runtimes: Object.fromEntries(histories) };
}

/** One pin that a runtime has had. */
export interface PastPin {
    readonly image: FoundImage;
    readonly release: string;
    /** RFC 3339; absent where nobody recorded it. */
    readonly promotedAt?: string;
}

/** Runtime → its pins, the newest first; the first one is the pin that holds now. */
export type PinHistory = ReadonlyMap<string, readonly PastPin[]>;

const pinSchema = z.object({
    image: z.string().transform(readImage),
    release: z.string(),
    promotedAt: z.iso.datetime({ offset: true }).optional().catch(undefined),
});

const historySchema = z.object({
    schemaVersion: z.literal(PIN_HISTORY_SCHEMA_VERSION),
    runtimes: z.record(
        z.string(),
        // A pin that cannot be read keeps its place, or all older ones would seem nearer than they are.
        z.array(pinSchema.catch({ image: readImage(""), release: "" })),
    ),
});

/** Reads the output `pinHistory` of a platform stack. Foreign data, and never needed: `undefined` where it is none. */
export function parsePinHistory(output: unknown): PinHistory | undefined {
    const parsed = historySchema.safeParse(output);
    return parsed.success ? new Map(Object.entries(parsed.data.runtimes)) : undefined;
}

/** What a pin's release is called: where nobody named it, by the image's tag, or the start of its digest. */
export function releaseOf({ image, release }: Pick<RecordedPin, "image" | "release">): string {
    const { tag, digest } = image;
    return release ?? tag ?? digest?.slice(0, "sha256:".length + 12) ?? formatImageReference(image);
}
