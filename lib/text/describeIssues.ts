import type { z } from "zod";
import { quoteValue } from "./quoteValue";

/** A value under one of these names is nearly always a credential: it is not written down in plain text, nor in an error. */
export const SECRET_NAME =
    /(^|_)(TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;

/** Text with a credential's name and its value in it: a piece of an environment file, of a manifest, of a kubeconfig. */
const NAMED_SECRET =
    /(TOKEN|PASSWORD|PASSWD|SECRET|API[_-]?KEY|ACCESS[_-]?KEY|PRIVATE[_-]?KEY|KEY-DATA|CREDENTIALS?)["'\\]*\s*[=:]/i;

/** A URL that begins with a user or a password: `https://user:password@host`. */
const URL_WITH_USER = /:\/\/[^/?#\s]*@/;

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
    return typeof value === "string" &&
        (value.includes("\n") || NAMED_SECRET.test(value) || URL_WITH_USER.test(value))
        ? NOT_SHOWN
        : quoteValue(value, MAX_QUOTED);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce((value, part) => (value as Record<PropertyKey, unknown> | null)?.[part], input);
}
