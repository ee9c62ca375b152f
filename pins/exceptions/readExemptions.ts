import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { listNames } from "../../lib/system/listNames";
import { describeIssues } from "../../lib/text/describeIssues";
import { type Exemption, exemptionSchema } from "../../policy/exemption";
import { type WrittenException, writtenDown } from "./exception";

/** The folder of the policy pack's configs, from the root: one JSON file for each environment. */
const PACK_CONFIGS = "policy/config";

// Loose: the pack itself refuses what is wrong with the rest.
const packSchema = z.record(z.string(), z.unknown());
const ruleSchema = z.looseObject({ exemptions: z.array(exemptionSchema).default([]) });

/** Reads the exemptions of the policy packs' configs. A file that cannot be read is a problem, one line each. */
export function readExemptions(root: string): {
    readonly exemptions: readonly WrittenException[];
    readonly problems: readonly string[];
} {
    const exemptions: WrittenException[] = [];
    const problems: string[] = [];
    const directory = path.join(root, PACK_CONFIGS);
    for (const name of listNames(directory, /\.json$/)) {
        const where = `${PACK_CONFIGS}/${name}`;
        try {
            const pack = packSchema.parse(JSON.parse(fs.readFileSync(path.join(directory, name), "utf8")));
            for (const [rule, config] of Object.entries(pack)) {
                if (typeof config !== "object") {
                    continue;
                }
                const { data, error } = ruleSchema.safeParse(config);
                const issues = error === undefined ? [] : describeIssues(error, config);
                problems.push(...issues.map((problem) => `${where}: ${rule}.${problem}`));
                exemptions.push(...(data?.exemptions ?? []).map((each) => describe(rule, each, where)));
            }
        } catch (error) {
            problems.push(`${where}: cannot be read: ${(error as Error).message}`);
        }
    }
    return { exemptions, problems };
}

function describe(rule: string, exemption: Exemption, where: string): WrittenException {
    const { repository, namespace } = exemption;
    const who = `${rule}: ${repository.text}${namespace === undefined ? "" : ` in ${namespace}`}`;
    return writtenDown({ kind: "exemption", who, where }, exemption);
}
