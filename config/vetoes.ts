import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { ConfigError } from "../lib/text/configError";
import { digestSchema, timeSchema } from "./digestAndTime";
import { parseYamlAs } from "./parseYaml";

/** The file of all vetoes, from the root. One for all environments: a bad image is bad everywhere. */
export const VETOES_FILE = "platform/vetoes.yaml";

const vetoSchema = z.strictObject({
    digest: digestSchema,
    reason: z.string().min(1, "expected why the digest is forbidden"),
    by: z.string().min(1, "expected who forbids it"),
    at: timeSchema,
});

const fileSchema = z.strictObject({ vetoes: z.array(vetoSchema).default([]) }).nullable();

/** A digest that nothing may be pinned to, and nothing may be deployed with. */
export type Veto = z.infer<typeof vetoSchema>;

/** Digest → its veto. */
export type VetoesByDigest = ReadonlyMap<string, Veto>;

/** The vetoes, and a line for every problem of the file. */
export interface Vetoes {
    readonly byDigest: VetoesByDigest;
    readonly problems: readonly string[];
}

/** Reads the vetoes. No file means none; one that cannot be read is a problem, never "none". */
export function readVetoes(root: string): Vetoes {
    const file = path.join(root, VETOES_FILE);
    if (!fs.existsSync(file)) {
        return { byDigest: new Map(), problems: [] };
    }
    const read = parseYamlAs(fs.readFileSync(file, "utf8"), VETOES_FILE, fileSchema);
    if (!read.ok) {
        return { byDigest: new Map(), problems: read.problems };
    }
    const vetoes = read.value?.vetoes ?? [];
    return { byDigest: new Map(vetoes.map((veto) => [veto.digest, veto])), problems: [] };
}

/**
 * Reads the vetoes for a program, which deploys nothing that is vetoed.
 *
 * @param root the project's root
 * @throws ConfigError when the file cannot be read
 */
export function loadVetoes(root: string): VetoesByDigest {
    const { byDigest, problems } = readVetoes(root);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    return byDigest;
}

/** Who forbade a digest, when and why: the end of an error's sentence. */
export function describeVeto({ by, at, reason }: Veto): string {
    return `its digest was vetoed by ${by} at ${at}: ${reason} (${VETOES_FILE})`;
}
