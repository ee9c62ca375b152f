import * as fs from "node:fs";
import { MendableError } from "../../lib/text/mendableError";

/**
 * The platform's pins from a file, as `pulumi stack output runtimeImages --json` wrote it; the rule's config parses them.
 *
 * @throws MendableError when the file cannot be read.
 */
export function readPins(file: string): unknown {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new MendableError(`The pins in "${file}" cannot be read: ${why}`);
    }
}
