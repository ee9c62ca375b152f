import { stringify } from "yaml";
import { renderStack } from "../../engine/renderStack";
import { formatManifests, sortIntoFiles } from "../../engine/writeManifests";
import type { RuntimeImagesOutput } from "../../images/runtimeImages";

/** The environments whose objects are kept as golden files, one directory each. */
export const GOLDEN_STACKS = ["staging", "prod"] as const;

/** The day on which the golden files are rendered: no override expires under them. */
const DAY = new Date("2026-07-01T00:00:00Z");

/**
 * Renders what a committed environment's programs declare and export: file name → text.
 *
 * What a promotion moves (image, release, time) is written as the runtime's name, so that a release changes no golden file
 * and a review of one shows what else has changed.
 */
export async function renderGolden(stack: string, root: string): Promise<ReadonlyMap<string, string>> {
    const rendered = await renderStack({ stack, root, now: DAY });
    const { runtimeImages, ...outputs } = rendered.outputs;
    const { runtimes } = runtimeImages as RuntimeImagesOutput;
    const files = [...sortIntoFiles(rendered)].map(([name, objects]): [string, string] => [
        name,
        formatManifests(objects),
    ]);
    files.push(["outputs.yaml", stringify({ runtimeImages, ...outputs }, { lineWidth: 0 })]);
    return new Map(files.map(([name, text]) => [name, withoutPins(text, runtimes)]));
}

function withoutPins(text: string, runtimes: RuntimeImagesOutput["runtimes"]): string {
    let result = text;
    for (const [runtime, { image, release, promotedAt }] of Object.entries(runtimes)) {
        result = result
            .replaceAll(image, `pin-of-${runtime}`)
            .replaceAll(`release: ${release}\n`, "release: of-the-pin\n");
        if (promotedAt !== undefined) {
            result = result.replaceAll(promotedAt, "time-of-the-pin");
        }
    }
    return result;
}
