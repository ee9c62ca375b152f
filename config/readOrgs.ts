import * as fs from "node:fs";
import * as path from "node:path";
import { describeIssues } from "../lib/text/describeIssues";
import { quoteValue } from "../lib/text/quoteValue";
import { ConfigError } from "../lib/text/configError";
import { type OrgSpec, orgSpecSchema } from "./orgSpec";
import { parseYaml } from "./parseYaml";

/** Bytes of one org file; a real one has about a thousand. */
const MAX_FILE_BYTES = 256 * 1024;
/** Whether a directory entry is there for people or their editors and not for this program; `.#x.yaml` is Emacs's lock on a file. */
const IGNORED = /^\.#|^\.(?!.*\.ya?ml$)|^README\.md$|~$/;

/** What reading a directory of orgs found: the good files' orgs, and a line for every problem of the others. */
export interface ReadOrgs {
    readonly orgs: readonly OrgSpec[];
    readonly problems: readonly string[];
}

/**
 * Reads every org of a directory, one YAML file each, sorted by slug.
 *
 * @param directory relative to the project's root, and inside it
 * @param root the project's root
 * @throws ConfigError with the problems of all files together
 */
export function readOrgs(directory: string, root: string): readonly OrgSpec[] {
    const { orgs, problems } = findOrgs(directory, root);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    return orgs;
}

/** As {@link readOrgs}, for callers that have problems of their own to report together with these. Never throws on bad files. */
export function findOrgs(directory: string, root: string): ReadOrgs {
    const absolute = path.resolve(root, directory);
    const inside = path.relative(path.resolve(root), absolute);
    if (path.isAbsolute(directory) || inside.split(path.sep)[0] === "..") {
        return fail(
            `orgs: ${quoteValue(directory)}: expected a directory inside the project, such as "orgs/prod"`,
        );
    }
    let entries: fs.Dirent[];
    try {
        // A link could lead out of the project, or give the production orgs another name.
        if (fs.realpathSync(absolute) !== path.join(fs.realpathSync(root), inside)) {
            return fail(`orgs: ${quoteValue(directory)}: expected a directory, not a link to one`);
        }
        entries = fs.readdirSync(absolute, { withFileTypes: true });
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        return fail(
            `orgs: ${quoteValue(directory)}: expected a directory with one YAML file per org (${code})`,
        );
    }

    const orgs: OrgSpec[] = [];
    const problems: string[] = [];
    const fileOf = new Map<string, string>();
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (IGNORED.test(entry.name)) {
            continue;
        }
        const file = path.join(directory, entry.name);
        const read = readOrgFile(path.join(absolute, entry.name), entry, file);
        problems.push(...read.problems);
        for (const org of read.orgs) {
            const other = fileOf.get(org.slug);
            if (other !== undefined) {
                problems.push(
                    `${file}: slug: ${quoteValue(org.slug)}: ${other} has this slug too; expected each slug once`,
                );
                continue;
            }
            fileOf.set(org.slug, file);
            orgs.push(org);
        }
    }
    return { orgs: orgs.sort((a, b) => (a.slug < b.slug ? -1 : 1)), problems };
}

function readOrgFile(absolute: string, entry: fs.Dirent, file: string): ReadOrgs {
    // A file that is passed over in silence would be an org that is not deployed, so whatever is odd is said.
    if (!entry.isFile()) {
        return fail(
            `${file}: is not a regular file; expected one YAML file per org, without directories and links`,
        );
    }
    if (!/\.ya?ml$/.test(entry.name)) {
        return fail(`${file}: expected a name that ends in ".yaml"`);
    }
    if (entry.name.startsWith(".")) {
        return fail(
            `${file}: is hidden; expected a name without a dot at its beginning, or another place for it`,
        );
    }
    const size = fs.statSync(absolute).size;
    if (size > MAX_FILE_BYTES) {
        return fail(`${file}: has ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    }
    const parsed = parseYaml(fs.readFileSync(absolute, "utf8"), file);
    if (!parsed.ok) {
        return { orgs: [], problems: parsed.problems };
    }
    const result = orgSpecSchema.safeParse(parsed.value);
    const problems = result.success
        ? []
        : describeIssues(result.error, parsed.value).map((problem) => `${file}: ${problem}`);
    const slug = slugOf(parsed.value);
    const expected = entry.name.replace(/\.ya?ml$/, "");
    if (slug !== undefined && slug !== expected) {
        problems.push(`${file}: slug: ${quoteValue(slug)}: expected the file's name, "${expected}"`);
    }
    return { orgs: result.success && problems.length === 0 ? [result.data] : [], problems };
}

function slugOf(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    const slug = (value as { slug?: unknown }).slug;
    return typeof slug === "string" ? slug : undefined;
}

function fail(problem: string): ReadOrgs {
    return { orgs: [], problems: [problem] };
}
