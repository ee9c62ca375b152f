import * as fs from "node:fs";
import * as path from "node:path";
import { readStdin } from "../../lib/system/readStdin";
import { messageOf } from "../../lib/text/mendableError";
import { type CheckInput, type FileRole, joinInputs, notChecked } from "./checkInput";
import { decodeText } from "./decodeText";
import { KUSTOMIZATION_NAMES } from "./kustomization";
import { kustomizedRoles, rolesAround } from "./kustomizedRoles";
import { listManifests } from "./listManifests";
import { readManifestText } from "./readManifestText";
import { testRole } from "./testExpectations";

/** Files larger than this are no manifests; the API server takes no object above 1.5 MiB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Reads manifests from a file, a directory with all below it, or `-` for standard input. Never throws: what cannot be read is
 * a problem of the input.
 */
export function readManifests(source: string): CheckInput {
    try {
        if (source === "-") {
            return nonEmpty("stdin", readBytes(readStdin(), "stdin", false, undefined));
        }
        return nonEmpty(
            source,
            fs.statSync(source).isDirectory() ? readDirectory(source) : readNamedFile(source),
        );
    } catch (error) {
        return notChecked(`${source}: cannot be read: ${messageOf(error)}`);
    }
}

function readNamedFile(file: string): CheckInput {
    // A patch that is named by itself, as a commit hook does, is still one: its kustomization lies beside it or above.
    const input = readFile(file, false, rolesAround(file).get(path.resolve(file)));
    const note = `${file}: the files that it names are not looked at; check its directory instead`;
    return KUSTOMIZATION_NAMES.includes(path.basename(file))
        ? { ...input, notes: [...input.notes, note] }
        : input;
}

function readDirectory(directory: string): CheckInput {
    const listing = listManifests(directory);
    const kustomized = kustomizedRoles(listing.files, directory);
    const inputs = listing.files.map((file) => {
        const role = kustomized.roles.get(path.resolve(file)) ?? testRole(file, listing.files);
        return readFile(file, true, role);
    });
    const others = [listing, kustomized].map(({ problems, notes }) => ({
        ...notChecked(...problems),
        notes,
    }));
    return joinInputs([...inputs, ...others]);
}

function readFile(file: string, skipOthers: boolean, role: FileRole | undefined): CheckInput {
    try {
        const { size } = fs.statSync(file);
        if (size > MAX_FILE_BYTES) {
            return notChecked(`${file}: has ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
        }
        return readBytes(fs.readFileSync(file), file, skipOthers, role);
    } catch (error) {
        return notChecked(`${file}: cannot be read: ${messageOf(error)}`);
    }
}

function readBytes(
    bytes: Uint8Array,
    file: string,
    skipOthers: boolean,
    role: FileRole | undefined,
): CheckInput {
    const decoded = decodeText(bytes);
    return "trouble" in decoded
        ? notChecked(`${file}: ${decoded.trouble}`)
        : readManifestText(decoded.text, { file, skipOthers, role });
}

/** Nothing to check is nothing checked: an empty pipe must not look like a clean one. */
function nonEmpty(source: string, input: CheckInput): CheckInput {
    return input.objects.length > 0 || input.problems.length > 0
        ? input
        : { ...input, problems: [`${source}: has no Kubernetes object in it, so nothing was checked`] };
}
