import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import type { Workspace } from "../../local/workspace";

/** The name under which other stacks refer to it. */
export const REFERENCE = "organization/reference/test";

/** Deploys a stack whose only output is `runtimeImages`, of any value at all; `undefined` exports nothing. */
export async function deployReference(workspace: Workspace, runtimeImages: unknown): Promise<void> {
    const workDir = path.join(workspace.directory, "reference");
    fs.mkdirSync(workDir, { recursive: true });
    fs.writeFileSync(
        path.join(workDir, "Pulumi.yaml"),
        "name: reference\nmain: index.js\nruntime:\n  name: nodejs\n  options: { typescript: false }\n",
    );
    fs.writeFileSync(path.join(workDir, "package.json"), '{ "name": "reference", "main": "index.js" }\n');
    const value = runtimeImages === undefined ? "undefined" : JSON.stringify(runtimeImages);
    fs.writeFileSync(path.join(workDir, "index.js"), `exports.runtimeImages = ${value};\n`);
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "test", workDir },
        { envVars: { ...workspace.env } },
    );
    await stack.up();
}

/** A usable output: runtime → image, all of one release. */
export function runtimeImagesOf(images: Readonly<Record<string, string>>, release: string) {
    return {
        schemaVersion: 1,
        runtimes: Object.fromEntries(
            Object.entries(images).map(([runtime, image]) => [
                runtime,
                { image, release, promotedAt: "2026-06-21T10:19:30Z" },
            ]),
        ),
    };
}

/** A well-formed image of a repository, told apart by a letter of `a` to `f`. */
export function imageOf(repository: string, letter: string): string {
    return `ghcr.io/genbrain/${repository}@sha256:${letter.repeat(64)}`;
}
