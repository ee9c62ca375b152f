import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { parseYaml } from "../../config/readOrgs";
import { describeIssues } from "../../images/describeIssues";
import { digestSchema, timeSchema } from "../../platform/pinRecord";
import { writeWhole } from "../release/writeWhole";

/** The file of all vetoes, from the root. One for all environments: a bad image is bad everywhere. */
export const VETOES_FILE = "platform/vetoes.yaml";

const vetoSchema = z.strictObject({
    digest: digestSchema,
    reason: z.string().min(1, "expected why the digest is forbidden"),
    by: z.string().min(1, "expected who forbids it"),
    at: timeSchema,
});

const fileSchema = z.strictObject({ vetoes: z.array(vetoSchema).default([]) });

/** A digest that nothing may be pinned to. */
export type Veto = z.infer<typeof vetoSchema>;

/** Digest → its veto, and a line for every problem of the file. */
export interface Vetoes {
    readonly byDigest: ReadonlyMap<string, Veto>;
    readonly problems: readonly string[];
}

/** Reads the vetoes. No file means none; one that cannot be read is a problem, never "none". */
export function readVetoes(root: string): Vetoes {
    const file = path.join(root, VETOES_FILE);
    if (!fs.existsSync(file)) {
        return { byDigest: new Map(), problems: [] };
    }
    const read = parseYaml(fs.readFileSync(file, "utf8"), VETOES_FILE);
    if (!read.ok) {
        return { byDigest: new Map(), problems: read.problems };
    }
    const parsed = fileSchema.safeParse(read.value ?? {});
    if (!parsed.success) {
        const problems = describeIssues(parsed.error, read.value).map(
            (problem) => `${VETOES_FILE}: ${problem}`,
        );
        return { byDigest: new Map(), problems };
    }
    return { byDigest: new Map(parsed.data.vetoes.map((veto) => [veto.digest, veto])), problems: [] };
}

/** Adds a veto to the file, or makes the file; comments stay. The digest must not be vetoed yet. */
export function writeVeto(root: string, veto: Veto): void {
    const file = path.join(root, VETOES_FILE);
    const text = fs.existsSync(file)
        ? fs.readFileSync(file, "utf8")
        : "# Digests that nothing is pinned to, in any environment: written by fleet veto.\nvetoes: []\n";
    const document = parseDocument(text);
    const list = document.get("vetoes");
    if (list === undefined || list === null) {
        document.set("vetoes", document.createNode([]));
    }
    const node = document.createNode(veto);
    document.addIn(["vetoes"], node);
    const all = document.get("vetoes") as { flow?: boolean };
    all.flow = false;
    writeWhole(file, document.toString({ lineWidth: 0 }));
}
