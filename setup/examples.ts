import * as fs from "node:fs";
import * as path from "node:path";
import { MendableError } from "../lib/text/mendableError";

/** The environments that this project is shipped with. */
const ENVIRONMENTS = ["staging", "prod"];

/** Where the images of the shipped examples are; nobody else's. */
const REGISTRY = "ghcr.io/genbrain/";

/**
 * The files of the examples that this project is shipped with, from the root: stacks, orgs and the policy pack's configs.
 *
 * @throws MendableError when they are somebody's by now: an image of theirs is of another registry
 */
export function listExamples(root: string): readonly string[] {
    const patterns = ENVIRONMENTS.flatMap((name) => [
        `platform/Pulumi.${name}.yaml`,
        `Pulumi.${name}.yaml`,
        `orgs/${name}/*.yaml`,
        `policy/config/${name}.json`,
    ]);
    const files = patterns.flatMap((pattern) => fs.globSync(pattern, { cwd: root })).sort();
    const foreign = files.filter((file) => {
        const text = fs.readFileSync(path.join(root, file), "utf8");
        const images = [...text.matchAll(/^\s*(?:- )?image: *["']?(\S+)/gm)].map(([, image = ""]) => image);
        return images.some((image) => !image.startsWith(REGISTRY)) || /^encryptionsalt:/m.test(text);
    });
    if (foreign.length > 0) {
        throw new MendableError(
            `--replace-examples: ${foreign.join(", ")}: these are no examples any more: expected images of "${REGISTRY}" alone, and stacks that were ` +
                "never made in a state; move them away by hand where you mean it",
        );
    }
    return files;
}
