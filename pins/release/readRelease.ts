import * as fs from "node:fs";
import { type ParsedRelease, parseRelease } from "./release";
import { parseYaml } from "../../config/parseYaml";

/** Bytes of a release file; a real one has a few thousand. */
const MAX_BYTES = 1024 * 1024;

/** Reads a release file, JSON or YAML. Never throws: a file that cannot be read is a problem like others. */
export function readRelease(file: string): ParsedRelease {
    let text: string;
    try {
        if (fs.statSync(file).size > MAX_BYTES) {
            return nothing(`${file}: has more than ${MAX_BYTES} bytes; expected a release file`);
        }
        text = fs.readFileSync(file, "utf8");
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        return nothing(
            `${file}: cannot be read (${code}); expected the release file that "fleet release add" writes`,
        );
    }
    const parsed = parseYaml(text, file);
    return parsed.ok
        ? parseRelease(parsed.value, file)
        : { release: undefined, named: [], problems: parsed.problems };
}

function nothing(problem: string): ParsedRelease {
    return { release: undefined, named: [], problems: [problem] };
}
