import { LineCounter, parseDocument, visit, isScalar } from "yaml";
import type { z } from "zod";
import { describeIssues } from "../lib/text/describeIssues";
import { messageOf } from "../lib/text/mendableError";

/** The value of one YAML document, or the problems of its text with their lines. */
export type ParsedYaml =
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly problems: readonly string[] };
/** Reads one YAML 1.2 document from untrusted text: no custom tags, no duplicate keys, few aliases. Never throws. */
export function parseYaml(text: string, file: string): ParsedYaml {
    const lines = new LineCounter();
    // "silent" would also pass over a second document in silence.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
    const troubles = [...document.errors, ...document.warnings].map((trouble) => {
        const { line, col } = lines.linePos(trouble.pos[0]);
        const what =
            trouble.code === "MULTIPLE_DOCS"
                ? 'a second document starts here ("---"); expected one in a file'
                : withoutSource(trouble.message);
        return `${file}:${line}:${col}: ${what}`;
    });
    visit(document, {
        Pair: (_, { key }) => {
            // What zod skips would be dropped in silence.
            if (isScalar(key) && key.value === "__proto__") {
                const { line, col } = lines.linePos(key.range?.[0] ?? 0);
                troubles.push(`${file}:${line}:${col}: the key "__proto__" is not allowed`);
            }
        },
    });
    if (troubles.length > 0) {
        // Behind the first mistakes of a text, the parser finds their consequences.
        return { ok: false, problems: troubles.slice(0, MAX_YAML_PROBLEMS) };
    }
    try {
        return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown };
    } catch (error) {
        return {
            ok: false,
            problems: [`${file}: ${withoutSource(messageOf(error))}`],
        };
    }
}

/** The value of one YAML document that a schema accepts, or its problems, each beginning with its file. Never throws. */
export function parseYamlAs<S extends z.ZodType>(
    text: string,
    file: string,
    schema: S,
):
    | { readonly ok: true; readonly value: z.infer<S> }
    | { readonly ok: false; readonly problems: readonly string[] } {
    const read = parseYaml(text, file);
    if (!read.ok) {
        return read;
    }
    const parsed = schema.safeParse(read.value);
    return parsed.success
        ? { ok: true, value: parsed.data }
        : {
              ok: false,
              problems: describeIssues(parsed.error, read.value).map((problem) => `${file}: ${problem}`),
          };
}

/** The parser's messages end in the text at fault, which may be a credential; line and column lead there. */
function withoutSource(message: string): string {
    return message.replace(/: .*$/s, "");
}
/** Aliases that one file may resolve; enough for people, too few for a document that unfolds to gigabytes. */
const MAX_ALIASES = 100;
/** Mistakes of one YAML text that are worth telling. */
const MAX_YAML_PROBLEMS = 10;
