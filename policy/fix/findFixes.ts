import * as fs from "node:fs";
import * as path from "node:path";
import { parseImageReference } from "../../images/imageReference";
import { messageOf } from "../../lib/text/mendableError";
import type { ResolvedTag } from "../../registry/registryClient";
import type { SourceLine } from "../check/checkInput";
import type { Result } from "../check/checkObjects";
import { type DigestFix, type Edit, applyEdits, digestEdit } from "./edit";
import { unifiedDiff } from "./unifiedDiff";

/** Registries that are asked at a time. */
const CONCURRENCY = 8;

/** Asks a registry which digest a tag leads to. */
export type Resolve = (repository: string, tag: string) => Promise<ResolvedTag>;

/** What would name the images of findings by digest. */
export interface Fixes {
    readonly files: readonly { readonly file: string; readonly text: string; readonly diff: string }[];
    /** What no digest can be written for, one line each. */
    readonly problems: readonly string[];
}

/** A finding that a digest settles. */
interface Wanted {
    readonly image: string;
    readonly path: string;
    readonly source: SourceLine;
}

/** Asks the registries for the digests of all images that a report finds mutable, each image once. Changes nothing. */
export async function findFixes(results: readonly Result[], resolve: Resolve): Promise<Fixes> {
    const wanted = results.flatMap(({ finding: { image, path: at }, source }): Wanted[] =>
        image === undefined || at === undefined || source === undefined ? [] : [{ image, path: at, source }],
    );
    const digests = await askAll(new Set(wanted.map(({ image }) => image)), resolve);
    const problems: string[] = [];
    const files = [...Map.groupBy(wanted, ({ source }) => path.resolve(source.file)).values()].flatMap(
        (ofFile) => {
            const fixes = ofFile.flatMap(
                ({ image, path: at, source: { file, line, range } }): DigestFix[] => {
                    const answer = digests.get(image);
                    if (answer?.ok === true && range !== undefined) {
                        return [{ image, digest: answer.digest, path: at, range }];
                    }
                    const why =
                        answer?.ok === false
                            ? answer.trouble
                            : `"${image}" does not stand there as text of its own`;
                    problems.push(`${file}:${line}: ${why}`);
                    return [];
                },
            );
            return fixFile(ofFile[0]?.source.file ?? "", fixes, problems);
        },
    );
    return { files, problems };
}

async function askAll(images: Set<string>, resolve: Resolve): Promise<Map<string, ResolvedTag>> {
    const answers = new Map<string, ResolvedTag>();
    const queue = [...images];
    const work = async () => {
        for (let image = queue.shift(); image !== undefined; image = queue.shift()) {
            const parsed = parseImageReference(image);
            answers.set(
                image,
                parsed.ok
                    ? await resolve(parsed.reference.repository, parsed.reference.tag ?? "latest")
                    : { ok: false, trouble: parsed.reason },
            );
        }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return answers;
}

function fixFile(file: string, fixes: readonly DigestFix[], problems: string[]): Fixes["files"][number][] {
    if (fixes.length === 0) {
        return [];
    }
    let text: string;
    try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(file));
    } catch (error) {
        problems.push(`${file}: is left as it is: ${messageOf(error)}`);
        return [];
    }
    // Offsets are those of the text without its mark.
    const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
    const body = text.slice(mark.length);
    const edits = new Map<number, Edit>();
    for (const fix of fixes) {
        const edit = digestEdit(body, fix);
        if (typeof edit === "string") {
            problems.push(`${file}: ${fix.path}: ${edit}`);
        } else {
            edits.set(edit.start, edit);
        }
    }
    const all = [...edits.values()];
    const relative = path.relative(process.cwd(), path.resolve(file)).split(path.sep).join("/");
    return all.length === 0
        ? []
        : [{ file, text: mark + applyEdits(body, all), diff: unifiedDiff(relative, body, all) }];
}
