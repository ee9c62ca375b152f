import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { type InitOptions, runInit } from "../../setup/runInit";
import { testIo } from "./testIo";

/** A platform that is not the example: what the golden files of `fleet init` are written for. */
export const OTHER_PLATFORM = {
    environment: ["dev", "live=eks-live"],
    registry: "registry.acme.example/agents",
    runtime: [
        `reviewer=sha256:${"a".repeat(64)}`,
        `coder=registry.acme.example/agents/code:sha-19f3175@sha256:${"b".repeat(64)}`,
    ],
    coreFleet: "found",
    coreAgent: ["ceo=coder"],
    org: "initech",
    displayName: "Initech",
    resolve: true,
} satisfies Omit<InitOptions, "project">;

/** A copy of this project without stacks, orgs and workflows. */
export function emptyCopy(): string {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-init-copy-"));
    for (const file of ["Pulumi.yaml", "platform/Pulumi.yaml"]) {
        fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
        fs.copyFileSync(path.join(PACKAGE_ROOT, file), path.join(directory, file));
    }
    return directory;
}

/** The standard input of a pipeline: nobody can be asked. */
export const NOBODY = { input: new PassThrough(), output: process.stderr };

/** What `fleet init` writes for {@link OTHER_PLATFORM}: file name → text. */
export async function initGolden(): Promise<ReadonlyMap<string, string>> {
    const project = emptyCopy();
    try {
        await runInit({ ...OTHER_PLATFORM, project }, testIo(), NOBODY);
        const files = fs.globSync(["**/*.{yaml,yml,json}", ".github/**/*.yml"], { cwd: project }).sort();
        return new Map(
            files
                .filter((file) => !/(^|\/)Pulumi\.yaml$/.test(file))
                .map((file) => [file, fs.readFileSync(path.join(project, file), "utf8")]),
        );
    } finally {
        fs.rmSync(project, { recursive: true });
    }
}
