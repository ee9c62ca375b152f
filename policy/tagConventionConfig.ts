import { z } from "zod";
import { DEFAULT_TAG_CONVENTION } from "../images/immutability";
import { expected } from "./ruleConfig";

/** The config keys that say which tags are immutable; every rule that judges images has them under the same names. */
export const tagConventionShape = {
    /** Prefixes that may stand before a git SHA of 7 to 40 lower-case hex digits, besides none. */
    shaPrefixes: z
        .array(
            z.string(expected('a prefix such as "sha-"')).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, {
                error: (issue) =>
                    `is ${JSON.stringify(issue.input)}, expected the beginning of a tag such as "sha-" (letters, digits, "_", "." and "-")`,
            }),
            expected('a list of prefixes such as ["sha-"]'),
        )
        .default([...DEFAULT_TAG_CONVENTION.shaPrefixes]),
    /** Whether a version with a git SHA behind it (`v1.2.3-abc1234`) counts too. */
    versionSha: z.boolean(expected("true or false")).default(DEFAULT_TAG_CONVENTION.versionSha),
};
