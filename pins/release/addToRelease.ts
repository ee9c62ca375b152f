import * as fs from "node:fs";
import * as path from "node:path";
import { describeIssues } from "../../lib/text/describeIssues";
import { parseImageReference } from "../../images/imageReference";
import { quoteValue } from "../../lib/text/quoteValue";
import { runtimeNameSchema } from "../../images/runtimeImages";
import type { CommandIo } from "../../lib/system/commandIo";
import { printable } from "../../lib/text/printable";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { readRelease } from "./release";
import type { Evidence } from "../../platform/pinRecord";
import { RELEASE_SCHEMA_VERSION, type ReleasedImage, parseEvidence, releasedImageSchema } from "./release";
import { writeWhole } from "../../lib/system/writeWhole";

/** What `fleet release add` was given. */
export interface ReleaseAddOptions {
    readonly file: string;
    /** The release's name; needed for a new file, and compared with that of an existing one. */
    readonly release?: string;
    readonly runtime: string;
    /** The repository, with a tag or a digest if they like. */
    readonly image: string;
    readonly digest?: string;
    readonly gitSha: string;
    /** RFC 3339; now when left out. */
    readonly publishedAt?: string;
    /** `name=passed:<URL or digest of the report>` */
    readonly evidence: readonly string[];
}

/** Adds a runtime and says whether it was there already. Exit code 0; it throws where it could not be added. */
export function runReleaseAdd(options: ReleaseAddOptions, io: CommandIo): Promise<number> {
    const changed = addToRelease(options, io.now());
    io.out(printable(`${options.file}: ${options.runtime} ${changed ? "added" : "is there already"}`));
    return Promise.resolve(EXIT_CODES.done);
}

/**
 * Adds one runtime to a release file, or makes the file. Adding the same again changes nothing; adding something else for a
 * runtime that is there is refused, since a release is published once. Evidence is gathered, check by check, and a check that
 * failed stays failed: a later run that passed does not mend what was published.
 *
 * @returns whether the file was changed
 * @throws MendableError with all problems together; the file is then as it was
 */
export function addToRelease(options: ReleaseAddOptions, now: Date): boolean {
    const problems: string[] = [];
    const exists = fs.existsSync(options.file);
    const before = exists ? readRelease(options.file) : undefined;
    problems.push(...(before?.problems ?? []));
    const release = options.release ?? before?.release?.release;
    if (release === undefined || release === "") {
        problems.push('--release: nothing: expected the release\'s name for a new file, such as "v0.3.44"');
    } else if (before?.release !== undefined && before.release.release !== release) {
        problems.push(
            `--release: ${quoteValue(release)}: ${options.file} is the release "${before.release.release}"; expected another file`,
        );
    }
    const name = runtimeNameSchema.safeParse(options.runtime);
    if (!name.success) {
        problems.push(
            `--runtime: ${quoteValue(options.runtime)}: ${name.error.issues[0]?.message ?? "not a runtime"}`,
        );
    }
    const entry = readEntry(options, before?.release?.runtimes.get(options.runtime)?.publishedAt, now);
    problems.push(...entry.problems);
    if (problems.length > 0 || release === undefined) {
        throw new MendableError(
            `nothing was added to the release:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
        );
    }

    const published = before?.release?.runtimes.get(options.runtime);
    const value = published === undefined ? entry.value : merge(published, entry.value, options, release);
    if (published !== undefined && JSON.stringify(published) === JSON.stringify(value)) {
        return false;
    }
    const runtimes = { ...Object.fromEntries(before?.release?.runtimes ?? []), [options.runtime]: value };
    fs.mkdirSync(path.dirname(path.resolve(options.file)), { recursive: true });
    writeWhole(
        options.file,
        `${JSON.stringify({ schemaVersion: RELEASE_SCHEMA_VERSION, release, runtimes }, undefined, 2)}\n`,
    );
    return true;
}

/** What is on record of a runtime, with the evidence that is new. */
function merge(
    published: ReleasedImage,
    added: ReleasedImage | undefined,
    { file, runtime }: ReleaseAddOptions,
    release: string,
): ReleasedImage {
    if (published.digest !== added?.digest || published.repository !== added.repository) {
        throw new MendableError(
            `${file}: the release "${release}" has "${runtime}" already, ` +
                `as ${published.repository}@${published.digest}; expected the same image, or a release of its own`,
        );
    }
    return {
        ...published,
        evidence: gatherEvidence([...published.evidence, ...added.evidence], file, runtime),
    };
}

/**
 * One entry a check, the last one; a check that failed keeps that.
 *
 * @throws MendableError where a check passed after it had failed
 */
function gatherEvidence(evidence: readonly Evidence[], file: string, runtime: string): Evidence[] {
    const byName = new Map<string, Evidence>();
    for (const each of evidence) {
        const before = byName.get(each.name);
        if (before?.result === "failed" && each.result === "passed") {
            throw new MendableError(
                `${file}: the check "${each.name}" of "${runtime}" failed (${before.url ?? before.digest ?? ""}), and that stays on record: ` +
                    "nothing was added; expected a new release of an image that passes",
            );
        }
        byName.set(each.name, before?.result === "failed" ? before : each);
    }
    return [...byName.values()];
}

function readEntry(options: ReleaseAddOptions, publishedBefore: string | undefined, now: Date) {
    const problems: string[] = [];
    const image = parseImageReference(options.image);
    if (!image.ok) {
        problems.push(`--image: ${quoteValue(options.image)}: ${image.reason}`);
    }
    const reference = image.ok ? image.reference : undefined;
    if (
        reference?.digest !== undefined &&
        options.digest !== undefined &&
        reference.digest !== options.digest
    ) {
        problems.push(
            `--digest: ${quoteValue(options.digest)}: --image has another digest, "${reference.digest}"; expected the same`,
        );
    }
    const evidence = options.evidence.flatMap((text) => {
        try {
            return [parseEvidence(text)];
        } catch (error) {
            problems.push(`--evidence: ${(error as Error).message}`);
            return [];
        }
    });
    const value = {
        repository: reference?.repository ?? "unknown",
        digest: options.digest ?? reference?.digest ?? "",
        ...(reference?.tag === undefined ? {} : { tag: reference.tag }),
        gitSha: options.gitSha,
        publishedAt: options.publishedAt ?? publishedBefore ?? now.toISOString().replace(/\.\d+Z$/, "Z"),
        evidence: problems.length > 0 ? [] : gatherEvidence(evidence, options.file, options.runtime),
    };
    const parsed = releasedImageSchema.safeParse(value);
    if (!parsed.success) {
        problems.push(...describeIssues(parsed.error, value));
    }
    return { value: parsed.data, problems };
}
