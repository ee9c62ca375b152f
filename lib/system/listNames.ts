import * as fs from "node:fs";

/** The names in a directory that match, in alphabetical order; none where there is no such directory. */
export function listNames(directory: string, pattern: RegExp): readonly string[] {
    const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
    return names.filter((name) => pattern.test(name)).sort();
}
