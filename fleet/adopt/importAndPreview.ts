import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import type { Steps } from "../../lib/system/interruption";
import { runCommand } from "../../lib/system/runCommand";
import { MendableError } from "../../lib/text/mendableError";
import { engineEnvironment } from "../../engine/engineEnvironment";
import { describeEngineFailure } from "../../engine/engineFailure";
import { previewStack } from "../../engine/enginePreview";
import { openStack } from "../../engine/openStack";
import type { ImportFile } from "./importFile";
import { type AdoptionVerdict, judgeAdoption } from "./judgeAdoption";

/** An adoption that is under way. */
export interface Adoption {
    readonly project: string;
    readonly stack: string;
    readonly slug: string;
    readonly importFile: ImportFile;
    /** Writes the org's file, which the preview reads, and returns what takes it back. */
    readonly writeFile: () => () => void;
    /** Ends the adoption where it was interrupted. */
    readonly begin: Steps["begin"];
}

/**
 * Takes an org into a stack's state, and previews the update that follows. The import reads the objects and changes none. The org's file
 * comes after it, since a file whose objects are in no state stops everybody's next update; until then the objects are protected in the
 * state, so that an update which knows no such org does not delete them. Where anything fails, or the preview does what it must not, the
 * file is taken back and so are these resources, one by one: what others have updated meanwhile stays.
 *
 * @throws MendableError when the import or the preview fails
 */
export async function importAndPreview(adoption: Adoption): Promise<AdoptionVerdict> {
    const { project, stack: name, slug, importFile, writeFile, begin } = adoption;
    const stack = await openStack(project, name);
    const before = new Set(urnsOf((await stack.exportStack()).deployment));
    const wanted = importedUrns(importFile, name);
    const there = wanted.filter((urn) => before.has(urn));
    if (there.length > 0) {
        throw new MendableError(
            `the org "${slug}" is in the state of the stack "${name}" already, so there is nothing to adopt: "fleet preview --stack ${name}" ` +
                "says what an update changes. Nothing was written.",
        );
    }
    let takeBack: (() => void) | undefined;
    const undo = async () => {
        takeBack?.();
        const now = new Set(urnsOf((await stack.exportStack()).deployment));
        // What is below comes first.
        await deleteFromState(adoption, wanted.filter((urn) => now.has(urn)).toReversed());
    };
    const undone = async (what: string, error: unknown) => {
        const why =
            error instanceof MendableError ? error.message : describeEngineFailure(error, project, name);
        try {
            await undo();
        } catch (second) {
            const left =
                second instanceof MendableError
                    ? second.message
                    : describeEngineFailure(second, project, name);
            throw new MendableError(`${what}: ${why}\nand it could not be undone: ${left}`);
        }
        throw new MendableError(`${what}, and nothing of it was kept: ${why}`, {
            exitCode: error instanceof MendableError ? error.exitCode : undefined,
        });
    };
    try {
        await stack.import({
            resources: importFile.resources.map((resource) => ({ ...resource })),
            nameTable: { ...importFile.nameTable },
            protect: true,
            generateCode: false,
        });
        begin("what was imported is taken out of the state");
    } catch (error) {
        return undone("the import failed", error);
    }
    try {
        takeBack = writeFile();
        const preview = await previewStack({ project, stack: name });
        begin("what was imported is taken out of the state");
        if (preview.errors.length > 0) {
            throw new MendableError(preview.errors.join("\n"));
        }
        const verdict = judgeAdoption(slug, preview.changes);
        if (verdict.forbidden.length > 0) {
            await undo();
        }
        return verdict;
    } catch (error) {
        return undone("the preview after the import failed", error);
    }
}

/** The engine's names of what an import file takes in: the types of all parents, the project, and the program's own name. */
function importedUrns({ resources }: ImportFile, stack: string): readonly string[] {
    const byName = new Map(resources.map((resource) => [resource.name, resource]));
    const typesOf = ({ type, parent }: ImportFile["resources"][number]): string => {
        const above = parent === undefined ? undefined : byName.get(parent);
        return above === undefined ? type : `${typesOf(above)}$${type}`;
    };
    return resources.map(
        (resource) =>
            `urn:pulumi:${stack}::${CUSTOMER_ORGS_PROJECT}::${typesOf(resource)}::${resource.logicalName}`,
    );
}

function urnsOf(deployment: unknown): readonly string[] {
    const { resources } = deployment as { readonly resources?: readonly { readonly urn: string }[] };
    return (resources ?? []).map(({ urn }) => urn);
}

/** Each under the stack's lock, from the state as it is then. */
async function deleteFromState({ project, stack }: Adoption, urns: readonly string[]): Promise<void> {
    for (const urn of urns) {
        await runCommand(
            "pulumi",
            ["state", "delete", urn, "--stack", stack, "--force", "--yes", "--non-interactive"],
            {
                cwd: project,
                env: { ...process.env, ...engineEnvironment() },
            },
        );
    }
}
