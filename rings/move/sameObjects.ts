import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { LoadedStack } from "../../config/loadStack";
import { parseYaml } from "../../config/parseYaml";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { readReferenceOutput } from "../../engine/referenceOutput";
import { type OrgFile, renderOrg } from "../../engine/renderOrg";
import type { KubernetesObject } from "../../engine/renderStack";
import { type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { ConfigError } from "../../lib/text/configError";

/** A stack with what it is to run. */
export interface RenderedFor {
    readonly stack: string;
    readonly loaded: Pick<LoadedStack, "config">;
    readonly pins: RuntimeImages;
}

/**
 * What the references of a stack have proven.
 *
 * @throws MendableError where they cannot be read
 */
export async function readPinsOf(
    project: string,
    stack: string,
    loaded: LoadedStack,
): Promise<RuntimeImages> {
    const { referenceStack } = loaded.config;
    const own = () => readEngineOutputs(project, stack);
    return parseRuntimeImages(
        await readReferenceOutput(project, referenceStack, own),
        referenceStack.join(", "),
    );
}

/**
 * What another stack would make differently of an org: a line for each object that one of the two would not make, or make otherwise.
 *
 * @throws ConfigError with everything that one of the programs refuses of the org
 */
export async function findDifferences(
    project: string,
    slug: string,
    from: RenderedFor,
    to: RenderedFor,
    now: Date,
): Promise<readonly string[]> {
    const file = path.join(from.loaded.config.orgs, `${slug}.yaml`);
    const parsed = parseYaml(fs.readFileSync(path.join(project, file), "utf8"), file);
    if (!parsed.ok) {
        throw new ConfigError(parsed.problems);
    }
    const org = parsed.value as OrgFile;
    const render = async ({ stack, pins }: RenderedFor) =>
        new Map(
            (await renderOrg({ stack, root: project, pins, now }, org)).map((each) => [nameOf(each), each]),
        );
    const before = await render(from);
    const after = await render(to);
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
        const [old, next] = [before.get(name), after.get(name)];
        return isDeepStrictEqual(old, next)
            ? []
            : [
                  old === undefined
                      ? `${name}: ${to.stack} alone would make it`
                      : next === undefined
                        ? `${name}: ${to.stack} would not make it`
                        : `${name}: ${firstDifference(old, next)}`,
              ];
    });
}

function nameOf({ kind, metadata }: KubernetesObject): string {
    return `${kind} ${metadata.name}`;
}

/** The first field in which two values differ, with both: `spec.replicas: 1 and 2`. */
function firstDifference(a: unknown, b: unknown, at = ""): string {
    if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
        const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
        const key = [...Object.keys(x), ...Object.keys(y)].find(
            (each) => !isDeepStrictEqual(x[each], y[each]),
        );
        if (key !== undefined) {
            return firstDifference(x[key], y[key], at === "" ? key : `${at}.${key}`);
        }
    }
    const show = (value: unknown) =>
        (JSON.stringify(value) as string | undefined)?.slice(0, 100) ?? "nothing";
    return `${at}: ${show(a)} and ${show(b)}`;
}
