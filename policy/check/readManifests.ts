import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { type CheckInput, joinInputs } from "./checkInput";
import { readManifestText } from "./readManifestText";

/** Files larger than this are no manifests; the API server takes no object above 1.5 MiB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

const MANIFEST_FILE = /\.(ya?ml|json)$/i;

/** Directories that never hold a project's own manifests. */
const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/**
 * Reads manifests from a file, a directory with all below it, or `-` for standard input. Never throws: what cannot be read is
 * a problem of the input.
 */
export function readManifests(source: string): CheckInput {
    try {
        if (source === "-") {
            return nonEmpty(
                "stdin",
                readManifestText(readFileSync(0, "utf8"), { file: "stdin", skipOthers: false }),
            );
        }
        if (!statSync(source).isDirectory()) {
            return nonEmpty(source, readFile(source, false));
        }
        const inputs = listManifests(source).map((file) => readFile(file, true));
        return nonEmpty(source, joinInputs(inputs));
    } catch (error) {
        return failed(source, error);
    }
}

function readFile(file: string, skipOthers: boolean): CheckInput {
    try {
        const { size } = statSync(file);
        if (size > MAX_FILE_BYTES) {
            return problem(`${file}: has ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
        }
        return readManifestText(readFileSync(file, "utf8"), { file, skipOthers });
    } catch (error) {
        return failed(file, error);
    }
}

/** All manifests below a directory, in alphabetical order. Links to directories are not followed: they may lead in a circle. */
function listManifests(directory: string): string[] {
    const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
        a.name < b.name ? -1 : 1,
    );
    return entries.flatMap((entry) => {
        const file = path.join(directory, entry.name);
        if (entry.isDirectory()) {
            return SKIPPED_DIRECTORIES.has(entry.name) ? [] : listManifests(file);
        }
        return MANIFEST_FILE.test(entry.name) && statSync(file).isFile() ? [file] : [];
    });
}

/** Nothing to check is nothing checked: an empty pipe must not look like a clean one. */
function nonEmpty(source: string, input: CheckInput): CheckInput {
    return input.objects.length > 0 || input.problems.length > 0
        ? input
        : { ...input, problems: [`${source}: has no Kubernetes object in it, so nothing was checked`] };
}

function failed(source: string, error: unknown): CheckInput {
    return problem(`${source}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}

function problem(text: string): CheckInput {
    return { objects: [], resources: [], problems: [text], notes: [] };
}
