import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { parseYaml } from "../../config/parseYaml";
import { listNames } from "../../lib/system/listNames";
import { describeIssues } from "../../lib/text/describeIssues";
import { formatImageReference, parseImageReference, readImage } from "../../images/imageReference";
import { quoteValue } from "../../lib/text/quoteValue";
import { runtimeNameSchema } from "../../images/runtimeImages";
import { digestSchema, timeSchema } from "../../config/digestAndTime";
import { type Evidence, type PinRecord, evidenceSchema, gitShaSchema } from "../../platform/pinRecord";

/** The version of the release file that this program writes and reads. */
export const RELEASE_SCHEMA_VERSION = 1;

/** Where an image is published: no digest, since that is a field of its own; a tag only if it names a commit. */
const repositorySchema = z.string().superRefine((repository, context) => {
    const parsed = parseImageReference(repository);
    if (!parsed.ok) {
        context.addIssue({ code: "custom", message: `not a repository: ${parsed.reason}` });
    } else if (formatImageReference(parsed.reference) !== parsed.reference.repository) {
        context.addIssue({
            code: "custom",
            message: 'expected the repository alone; its digest belongs in "digest", its tag in "tag"',
        });
    }
});

/** What was published for one runtime. */
export const releasedImageSchema = z.strictObject({
    repository: repositorySchema,
    digest: digestSchema,
    /** The tag that it was pushed under; kept for people, the digest decides. */
    tag: z
        .string()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, "expected an image's tag")
        .optional(),
    gitSha: gitShaSchema,
    publishedAt: timeSchema,
    /** The checks that it went through after it was published. */
    evidence: z.array(evidenceSchema),
});

/** What was published for one runtime. */
export type ReleasedImage = z.infer<typeof releasedImageSchema>;

const envelopeSchema = z.strictObject({
    schemaVersion: z.literal(RELEASE_SCHEMA_VERSION, `expected ${RELEASE_SCHEMA_VERSION}`),
    release: z.string().min(1, "expected the release's name, such as v0.3.44"),
    runtimes: z
        .record(runtimeNameSchema, z.unknown())
        .refine((runtimes) => Object.keys(runtimes).length > 0, "expected at least one runtime"),
});

/** One release: what was published under one name, runtime by runtime. */
export interface Release {
    /** The release's name: `v0.3.44`. */
    readonly release: string;
    readonly runtimes: ReadonlyMap<string, ReleasedImage>;
}

/** What reading a release found: its good runtimes, and a line for every problem of the others. */
export interface ParsedRelease {
    /** Absent when the file is no release at all. */
    readonly release: Release | undefined;
    /** The runtimes that the release names, the unusable ones too. */
    readonly named: readonly string[];
    readonly problems: readonly string[];
}

/** Bytes of a release file; a real one has a few thousand. */
const MAX_BYTES = 1024 * 1024;

/** Reads a release file, JSON or YAML. Never throws: a file that cannot be read is a problem like others. */
export function readRelease(file: string): ParsedRelease {
    const nothing = (problems: readonly string[]) => ({ release: undefined, named: [], problems });
    try {
        if (fs.statSync(file).size > MAX_BYTES) {
            return nothing([`${file}: has more than ${MAX_BYTES} bytes; expected a release file`]);
        }
        const parsed = parseYaml(fs.readFileSync(file, "utf8"), file);
        return parsed.ok ? parseRelease(parsed.value, file) : nothing(parsed.problems);
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        return nothing([
            `${file}: cannot be read (${code}); expected the release file that "fleet release add" writes`,
        ]);
    }
}

/** The folder of the releases that were published, from the root: one file each. */
export const RELEASES_DIRECTORY = "releases";

/**
 * Reads every release of a checkout, and a line for every problem of those that cannot be read.
 *
 * @param files release files besides those of the folder
 */
export function readReleases(
    root: string,
    files: readonly string[] = [],
): { readonly releases: readonly Release[]; readonly problems: readonly string[] } {
    const directory = path.join(root, RELEASES_DIRECTORY);
    const recorded = listNames(directory, /\.(json|ya?ml)$/).map((name) => path.join(directory, name));
    const read = [...recorded, ...files].map(readRelease);
    return {
        releases: read.flatMap(({ release }) => release ?? []),
        problems: read.flatMap(({ problems }) =>
            problems.map((problem) => problem.replace(`${root}${path.sep}`, "")),
        ),
    };
}

/** Reads a release, which is foreign data: CI jobs wrote it. Never throws; problems start with the file's name. */
export function parseRelease(value: unknown, file: string): ParsedRelease {
    const envelope = envelopeSchema.safeParse(value);
    if (!envelope.success) {
        const problems = describeIssues(envelope.error, value).map((problem) => `${file}: ${problem}`);
        return { release: undefined, named: [], problems };
    }
    const runtimes = new Map<string, ReleasedImage>();
    const problems: string[] = [];
    for (const [runtime, entry] of Object.entries(envelope.data.runtimes)) {
        const parsed = releasedImageSchema.safeParse(entry);
        if (parsed.success) {
            runtimes.set(runtime, parsed.data);
        } else {
            problems.push(
                ...describeIssues(parsed.error, entry).map(
                    (problem) => `${file}: runtimes.${runtime}.${problem}`,
                ),
            );
        }
    }
    return {
        release: { release: envelope.data.release, runtimes },
        named: Object.keys(envelope.data.runtimes),
        problems,
    };
}

/** Digest → the checks that it failed, under whatever name it was published: no later release takes that back. */
export function failedChecks(releases: readonly Release[]): ReadonlyMap<string, readonly Evidence[]> {
    const images = releases.flatMap(({ runtimes }) => [...runtimes.values()]);
    const failed = images.map(({ digest, evidence }): [string, readonly Evidence[]] => [
        digest,
        evidence.filter(({ result }) => result === "failed"),
    ]);
    return new Map(
        [...Map.groupBy(failed, ([digest]) => digest)].map(([digest, all]) => [
            digest,
            all.flatMap(([, evidence]) => evidence),
        ]),
    );
}

/** When the newest image of a release was published, in milliseconds since 1970. */
export function publishedAt({ runtimes }: Release): number {
    return Math.max(...[...runtimes.values()].map((each) => Date.parse(each.publishedAt)));
}

/** What a release publishes for a runtime, as the pin that it becomes; `undefined` where it has none. */
export function publishedPin({ release, runtimes }: Release, runtime: string): PinRecord | undefined {
    const published = runtimes.get(runtime);
    if (published === undefined) {
        return undefined;
    }
    const { repository, tag, digest, evidence, ...facts } = published;
    const image = readImage(repository);
    if ("unreadable" in image) {
        throw new Error(`"${repository}" was read before: ${image.reason}`);
    }
    return {
        image: { ...image, tag, digest },
        release,
        ...facts,
        evidence: evidence.length === 0 ? undefined : evidence,
    };
}

/**
 * Reads `name=result:report`, as evidence stands on a command line: `smoke=passed:https://ci/run/1`, or with the report's
 * digest, `smoke=passed:sha256:…`.
 *
 * @throws Error that quotes the text
 */
export function parseEvidence(text: string): z.infer<typeof evidenceSchema> {
    const match = /^([^=]+)=([^:]+):(.+)$/.exec(text);
    const [, name, result, report = ""] = match ?? [];
    const parsed = evidenceSchema.safeParse({
        name,
        result,
        ...(/^https?:/.test(report) ? { url: report } : { digest: report }),
    });
    if (!parsed.success) {
        throw new Error(
            `${quoteValue(text)}: expected "name=passed:<report>" or "name=failed:<report>", ` +
                "the report being an http(s) URL or a digest",
        );
    }
    return parsed.data;
}
