import type { CommandIo } from "../../lib/system/commandIo";
import { projectRoot } from "../environment";
import { printResult } from "../printResult";
import { resolveTag } from "../../registry/registryClient";
import { isGap } from "./coverageEntry";
import { findCoverageGaps } from "./findCoverageGaps";
import { findRingGaps, isRingGap } from "./findRingGaps";
import { formatCoverage, formatCoverageMarkdown } from "./formatCoverage";
import { type ReadCoverage, readCoverage } from "./readCoverage";
import { type ProofOptions, readProofs } from "../readProofs";
import { readPushedImages } from "./readPushedImages";

/** The version of the JSON that `fleet coverage` prints. */
export const COVERAGE_SCHEMA_VERSION = 1;

/** What `fleet coverage` was given. */
export interface CoverageOptions extends ProofOptions {
    readonly release?: readonly string[];
    readonly env?: readonly string[];
    readonly maxDays?: number;
    readonly graceHours?: number;
    /** Also ask the registries what this tag leads to. */
    readonly registryTag?: string;
    readonly project?: string;
    readonly json?: boolean;
}

/**
 * Prints who is covered. Exit code 0 when every runtime is, 1 when one is forgotten, missing, vetoed or unrecorded or a ring holds
 * one back, 2 when no gap was found, but not everything could be told.
 */
export async function runCoverage(options: CoverageOptions, io: CommandIo): Promise<number> {
    const root = projectRoot(options.project, options.env);
    const read = readCoverage(root, options.release ?? []);
    const { input } = read;
    const now = io.now();
    const problems = [...read.problems];
    const { maxDays, graceHours, env: only } = options;
    const registry =
        options.registryTag === undefined
            ? undefined
            : await readPushedImages(input, options.registryTag, resolveTag);
    problems.push(...(registry?.problems ?? []));
    const proofs = await askProofs(root, read, options, problems);
    const entries = findCoverageGaps({
        ...input,
        pushed: registry?.pushed,
        proofs,
        now,
        only,
        maxDays,
        graceHours,
    });
    const rings = findRingGaps({ ...input, stacks: read.stacks, proofs, now, only, maxDays });
    return printResult(io, {
        json: options.json,
        value: { schemaVersion: COVERAGE_SCHEMA_VERSION, entries, rings, problems },
        text: formatCoverage(entries, rings),
        isBad: entries.some(isGap) || rings.some(isRingGap),
        isUnknown: entries.some(({ unknown }) => unknown !== undefined),
        problems,
        summary: formatCoverageMarkdown(entries, rings),
    });
}

async function askProofs(
    root: string,
    { input, stacks }: ReadCoverage,
    { proof, outputs = [], env }: CoverageOptions,
    problems: string[],
) {
    if (proof !== true && outputs.length === 0) {
        return undefined;
    }
    const known = [
        ...input.environments
            .map(({ name }) => `platform/${name}`)
            .filter((name) => env?.includes(name.slice(9)) !== false),
        ...stacks.keys(),
    ];
    const read = await readProofs(root, known, { proof, outputs });
    problems.push(...read.problems);
    return read.proofs;
}
