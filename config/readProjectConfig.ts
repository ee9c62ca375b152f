import type { z } from "zod";
import { describeIssues } from "../lib/text/describeIssues";

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) \+0000 UTC$/;

/** A stack's settings as the engine hands them over: `project:key` → text, JSON for anything but text. */
export type RawConfig = Readonly<Record<string, string>>;

/** The outcome of reading a stack's settings. */
export type ReadConfig<T> =
    { readonly ok: true; readonly config: T } | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads all settings of one project with a schema, unknown keys included: a misspelt key would otherwise be a default in
 * disguise. Settings of other packages (`kubernetes:…`) are theirs.
 *
 * @param textKeys the keys whose values are text, and must not be read as JSON
 */
export function readProjectConfig<S extends z.ZodType>(
    raw: RawConfig,
    project: string,
    stack: string,
    schema: S,
    textKeys: readonly string[],
): ReadConfig<z.infer<S>> {
    const file = `Pulumi.${stack}.yaml`;
    const problems: string[] = [];
    const settings = Object.entries(raw).flatMap(([name, text]): [string, unknown][] => {
        if (!name.startsWith(`${project}:`)) {
            return [];
        }
        const key = name.slice(project.length + 1);
        // What zod skips would be dropped in silence.
        if (key === "__proto__" || (!textKeys.includes(key) && /"__proto__"\s*:/.test(text))) {
            problems.push(`${file}: ${name}: the key "__proto__" is not allowed`);
        }
        return [[key, textKeys.includes(key) ? text : parseSetting(text)]];
    });
    const values: unknown = Object.fromEntries(settings);
    const parsed = schema.safeParse(values);
    if (!parsed.success) {
        problems.push(
            ...describeIssues(parsed.error, values).map((problem) => `${file}: ${project}:${problem}`),
        );
    }
    if (!parsed.success || problems.length > 0) {
        return { ok: false, problems };
    }
    return { ok: true, config: parsed.data };
}

/** A setting's value. Text that is no JSON stays text, for the schema to refuse with its value in quotes. */
export function parseSetting(text: string): unknown {
    try {
        return JSON.parse(text, undoTimestamps) as unknown;
    } catch {
        return text;
    }
}

/**
 * Undoes what the engine makes of a date without quotes: it reads YAML 1.1, takes `2026-12-31` for a timestamp, and hands
 * over (and writes back into the file) `2026-12-31 00:00:00 +0000 UTC`.
 */
function undoTimestamps(_key: string, value: unknown): unknown {
    const match = typeof value === "string" ? TIMESTAMP.exec(value) : null;
    if (match === null) {
        return value;
    }
    const [, date = "", time = ""] = match;
    return time === "00:00:00" ? date : `${date}T${time}Z`;
}
