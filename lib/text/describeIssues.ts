import type { z } from "zod";
import { SECRET_NAME, credentialIn } from "./credentials";
import { quoteValue } from "./quoteValue";

/** Characters of a quoted value: the longest references that people write. */
const MAX_QUOTED = 200;

const NOT_SHOWN = "(a value that is not shown)";

/**
 * Turns zod's issues into one line each: the path, the value in quotes, and what was expected. Errors are copied into logs
 * and tickets, so what may hold a credential is not quoted.
 *
 * @param error what `safeParse` answered
 * @param input the value that was parsed, to quote from
 */
export function describeIssues(error: z.ZodError, input: unknown): string[] {
    return error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map(
                (key) => `${formatPath([...issue.path, key])}: unknown key ${quoteValue(key)}`,
            );
        }
        // A record's bad key: the key is the value at fault, and its own issues say why.
        if (issue.code === "invalid_key") {
            const why = issue.issues.map((inner) => inner.message).join("; ");
            return [
                `${formatPath(issue.path)}: the key ${quoteValue(issue.path.at(-1))} is not allowed: ${why}`,
            ];
        }
        return [`${formatPath(issue.path)}: ${quoteAt(input, issue.path)}: ${issue.message}`];
    });
}

/** `["agents", 0, "env"]` as people write it: `agents[0].env`. */
export function formatPath(path: readonly PropertyKey[]): string {
    const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return text.replace(/^\./, "") || "(the whole document)";
}

function quoteAt(input: unknown, path: readonly PropertyKey[]): string {
    // Whatever was written where credentials are referred to may be the credential itself.
    const secret = path.some(
        (part) => typeof part === "string" && (SECRET_NAME.test(part) || part === "secretEnv"),
    );
    if (secret || path.at(-1) === "env") {
        return NOT_SHOWN;
    }
    const value = valueAt(input, path);
    // Its parts have names of their own, and some of them may be credentials.
    if (typeof value === "object" && value !== null) {
        return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    }
    return typeof value === "string" && (value.includes("\n") || credentialIn(value) !== undefined)
        ? NOT_SHOWN
        : quoteValue(value, MAX_QUOTED);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce((value, part) => (value as Record<PropertyKey, unknown> | null)?.[part], input);
}
