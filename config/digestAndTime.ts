import { z } from "zod";
import { digestTrouble } from "../images/referenceTrouble";

/** An image as `algorithm:hex`. */
export const digestSchema = z.string().superRefine((digest, context) => {
    const trouble = digest === "" ? "the digest is empty" : digestTrouble(digest);
    if (trouble !== undefined) {
        context.addIssue(`${trouble}; expected "sha256:" and 64 hex digits`);
    }
});

/** An RFC 3339 time. In YAML it must stand in quotes: the engine reads it as a timestamp otherwise, and rewrites it. */
export const timeSchema = z.iso.datetime({
    offset: true,
    error: 'expected a time in quotes, "2026-06-21T10:19:30Z"',
});
