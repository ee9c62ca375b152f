import { z } from "zod";
import { describeIssues } from "../lib/text/describeIssues";
import { imageSchema } from "./imageSchemas";
import { judgeReference } from "./immutability";
import { type PinnedReference, formatImageReference } from "./imageReference";
import { MendableError } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";

/** The version of the `runtimeImages` output that this program writes and reads. */
export const RUNTIME_IMAGES_SCHEMA_VERSION = 1;

/** A runtime's name: an image line such as `claude-code` or `platform-agent`. A DNS label, since it becomes a label's value. */
export const runtimeNameSchema = z
    .string()
    .regex(
        /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
        'expected a DNS label: at most 63 of a-z, 0-9 and "-", starting with a letter',
    );

/** What people list by runtime, as a Map: in a record, a runtime called `constructor` would find what every object has. */
export function byRuntime<T extends z.ZodType>(value: T): z.ZodType<ReadonlyMap<string, z.output<T>>> {
    // Overwritten and not transformed: where an entry was refused, the checks around it still find a Map.
    return z
        .record(runtimeNameSchema, value)
        .overwrite((record) => new Map(Object.entries(record)) as never) as never;
}

/** What one runtime should run, after it has been read: the image is a value with a digest. */
export interface RuntimeImage {
    readonly image: PinnedReference;
    /** The release's name as its publisher gave it: `v0.3.43`, `sha-19f3175`. */
    readonly release: string;
    /** RFC 3339 time at which the pin was moved; absent where nobody recorded it. */
    readonly promotedAt?: string;
}

/** Runtime name → what it should run. */
export type RuntimeImages = ReadonlyMap<string, RuntimeImage>;

/** The output `runtimeImages` as it is written: plain JSON that another stack reads. */
export interface RuntimeImagesOutput {
    readonly schemaVersion: typeof RUNTIME_IMAGES_SCHEMA_VERSION;
    readonly runtimes: Readonly<
        Record<string, { readonly image: string; readonly release: string; readonly promotedAt?: string }>
    >;
}

/** Refused here and not later, so that one run tells everything that is wrong with an output. */
const pinnedImageSchema = imageSchema<PinnedReference>((image) => {
    const verdict = judgeReference(image);
    if (verdict.kind === "digest") {
        return undefined;
    }
    const why =
        verdict.kind === "git-sha-tag"
            ? "it is a git-SHA tag, but a reference stack exports digests"
            : verdict.reason;
    return `refused: ${why}; expected "repository[:tag]@sha256:…": pin the runtime by digest there`;
});

const outputSchema = z.object({
    schemaVersion: z.literal(
        RUNTIME_IMAGES_SCHEMA_VERSION,
        `expected ${RUNTIME_IMAGES_SCHEMA_VERSION}: both stacks must run the same version of this program`,
    ),
    runtimes: byRuntime(
        // A newer platform may say more about a runtime; what is read here is checked.
        z.object({
            image: pinnedImageSchema,
            release: z.string().min(1, "expected the release's name"),
            promotedAt: z.iso.datetime({ offset: true }).optional(),
        }),
    ),
});

/** The reference stack's output is not usable. `problems` has one line each; `message` has them all. */
export class ReferenceOutputError extends MendableError {
    public constructor(stackName: string, problems: readonly string[]) {
        super(
            `The output "runtimeImages" of the reference stack "${stackName}" cannot be used:\n` +
                problems.map((problem) => `  - ${problem}`).join("\n") +
                `\nFix it in that stack ("pulumi stack output runtimeImages --stack ${stackName}" shows it); nothing was changed here.`,
            { problems },
        );
    }
}

/**
 * Reads the output `runtimeImages` of a reference stack, which is foreign data: whoever wrote that stack may have exported
 * anything. All problems are reported together.
 *
 * @throws ReferenceOutputError when it is missing, null, empty, of another shape or version, or names an image without a digest.
 */
export function parseRuntimeImages(output: unknown, stack: string): RuntimeImages {
    if (output === undefined) {
        throw new ReferenceOutputError(stack, [
            "it is missing: the stack has no such output. Is it a platform stack, and was it deployed?",
        ]);
    }
    if (output === null || output === "") {
        throw new ReferenceOutputError(stack, [
            `it is ${quoteValue(output)}, expected an object with "runtimes"`,
        ]);
    }
    const parsed = outputSchema.safeParse(output);
    if (!parsed.success) {
        throw new ReferenceOutputError(
            stack,
            describeIssues(parsed.error, output).map((problem) => `runtimeImages.${problem}`),
        );
    }
    const { runtimes } = parsed.data;
    if (runtimes.size === 0) {
        throw new ReferenceOutputError(stack, [
            "runtimeImages.runtimes is empty: the reference stack pins no runtime at all",
        ]);
    }
    return runtimes;
}

/** Writes the output `runtimeImages`: the inverse of {@link parseRuntimeImages}, runtimes in alphabetical order. */
export function formatRuntimeImages(images: RuntimeImages): RuntimeImagesOutput {
    const runtimes: Record<string, RuntimeImagesOutput["runtimes"][string]> = {};
    for (const [runtime, { image, ...rest }] of [...images].sort(([a], [b]) => (a < b ? -1 : 1))) {
        runtimes[runtime] = { image: formatImageReference(image), ...rest };
    }
    return { schemaVersion: RUNTIME_IMAGES_SCHEMA_VERSION, runtimes };
}
