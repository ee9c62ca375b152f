import { mergeResources } from "../mergeResources";
import { type Profile, type profileWords } from "./profileSchema";

/** Where a value was written. */
export interface Origin {
    /** How near to the agent: the built-in defaults are the farthest. */
    readonly layer: "built-in" | "defaults" | "runtime" | "org" | "agent";
    /** The file, from the project's root; absent for what is built in. */
    readonly file?: string;
    /** The path of the layer in that file: `customer-orgs:runtimes.claude-code`. */
    readonly path?: string;
}

/** What one place says of an agent. */
export interface ProfileLayer {
    readonly origin: Origin;
    readonly profile: Profile;
}

/** All layers in one, and where each of its values came from: `env.LOG_LEVEL` → its origin. */
export interface MergedProfile {
    readonly profile: Profile;
    readonly origins: ReadonlyMap<string, Origin>;
}

type Word = keyof typeof profileWords;
type Plain = Record<string, unknown>;

/** Words whose entries meet by name; all others are taken whole from the nearest layer. */
const MAPS: ReadonlySet<Word> = new Set<Word>([
    "env",
    "secretEnv",
    "probes",
    "securityContext",
    "nodeSelector",
    "podLabels",
    "podAnnotations",
    "serviceAccountAnnotations",
    "notSecret",
    "volumes",
    "sidecars",
]);

/** Two ways to say one thing: the nearer layer's way ends the other's. */
const RIVALS: readonly (readonly [Word, Word])[] = [
    ["env", "secretEnv"],
    ["replicas", "autoscaler"],
];

/** Merges layers, the farthest first. The nearest wins; maps merge; requests and limits give way as {@link mergeResources} says. Pure. */
export function mergeProfiles(layers: readonly ProfileLayer[]): MergedProfile {
    let merged: Plain = {};
    const origins = new Map<string, Origin>();
    for (const { origin, profile } of layers) {
        const next = mergeTwo(merged, profile);
        const [before, after, said] = [leavesOf(merged), leavesOf(next), leavesOf(profile)];
        for (const [path, value] of after) {
            if (said.has(path) || before.get(path) !== value) {
                origins.set(path, origin);
            }
        }
        for (const path of before.keys()) {
            if (!after.has(path)) {
                origins.delete(path);
            }
        }
        merged = next;
    }
    return { profile: merged, origins };
}

function mergeTwo(far: Plain, near: Plain): Plain {
    const result: Plain = { ...far };
    for (const [one, other] of RIVALS) {
        dropRivals(result, near, one, other);
        dropRivals(result, near, other, one);
    }
    for (const [word, value] of Object.entries(near)) {
        if (value === undefined) {
            continue;
        }
        if (word === "resources") {
            result[word] = mergeResources([result[word], value] as Profile["resources"][]);
        } else if (MAPS.has(word as Word)) {
            result[word] = { ...(result[word] as Plain | undefined), ...(value as Plain) };
        } else {
            result[word] = value;
        }
    }
    return result;
}

/** Takes away what the nearer layer says in another way: whole, or entry by entry where both are maps. */
function dropRivals(result: Plain, near: Plain, said: Word, rival: Word): void {
    if (near[said] === undefined || result[rival] === undefined) {
        return;
    }
    if (!MAPS.has(rival)) {
        Reflect.deleteProperty(result, rival);
        return;
    }
    const taken = near[said] as Plain;
    const left = Object.entries(result[rival] as Plain).filter(([name]) => !Object.hasOwn(taken, name));
    result[rival] = Object.fromEntries(left);
}

/** The values that have an origin of their own, by their path, each as text to be compared. */
export function leavesOf(profile: Readonly<Plain>): ReadonlyMap<string, string> {
    const depthOf = (word: string) => (word === "resources" ? 2 : MAPS.has(word as Word) ? 1 : 0);
    return new Map(Object.entries(profile).flatMap(([word, value]) => walk(word, value, depthOf(word))));
}

function walk(path: string, value: unknown, depth: number): readonly (readonly [string, string])[] {
    if (depth === 0 || typeof value !== "object" || value === null) {
        return value === undefined ? [] : [[path, JSON.stringify(value)]];
    }
    return Object.entries(value).flatMap(([key, inner]) => walk(`${path}.${key}`, inner, depth - 1));
}
