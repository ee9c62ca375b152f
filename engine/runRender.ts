import * as fs from "node:fs";
import { MendableError } from "../lib/text/mendableError";
import { renderStack } from "./renderStack";
import { formatManifests, sortIntoFiles, writeManifests } from "./writeManifests";

/** The options of `fleet render`, as commander hands them over. */
export interface RenderCommandOptions {
    readonly stack: string;
    readonly out?: string;
    readonly runtimeImages?: string;
    readonly only?: string;
}

/**
 * `fleet render`: writes a stack's manifests to a directory or to standard output.
 *
 * @param root the project's root
 * @throws MendableError with everything that is wrong in config, org files and reference
 */
export async function renderCommand(options: RenderCommandOptions, root: string): Promise<void> {
    const rendered = await renderStack({
        stack: options.stack,
        root,
        now: new Date(),
        ...(options.runtimeImages === undefined ? {} : { runtimeImages: readJson(options.runtimeImages) }),
    });
    const wanted = {
        ...rendered,
        platform: options.only === "customer-orgs" ? [] : rendered.platform,
        customerOrgs: options.only === "platform" ? [] : rendered.customerOrgs,
    };
    if (options.out === undefined) {
        process.stdout.write(formatManifests([...wanted.platform, ...wanted.customerOrgs]));
        return;
    }
    const { written, deleted } = writeManifests(options.out, sortIntoFiles(wanted));
    const count = wanted.platform.length + wanted.customerOrgs.length;
    console.error(
        `rendered ${count} objects of stack "${options.stack}" into ${written.length} files in ${options.out}` +
            (deleted.length > 0 ? `; deleted ${deleted.join(", ")}` : ""),
    );
}

function readJson(file: string): unknown {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new MendableError(`--runtime-images "${file}": expected a JSON file: ${why}`);
    }
}
