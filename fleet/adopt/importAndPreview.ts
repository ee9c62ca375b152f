import { MendableError } from "../../lib/text/mendableError";
import { previewStack } from "../../engine/enginePreview";
import { describeEngineFailure } from "../../engine/engineFailure";
import { openStack } from "../../engine/openStack";
import type { ImportFile } from "./importFile";
import { type AdoptionVerdict, judgeAdoption } from "./judgeAdoption";

/**
 * Takes an org into a stack's state, and previews the update that follows. The import reads the objects and changes none;
 * where the preview fails or does what it must not, the state is put back as it was.
 *
 * @throws MendableError when the import or the preview fails
 */
export async function importAndPreview(
    project: string,
    stackName: string,
    slug: string,
    importFile: ImportFile,
): Promise<AdoptionVerdict> {
    const stack = await openStack(project, stackName);
    const before = await stack.exportStack();
    try {
        await stack.import({
            resources: importFile.resources.map((resource) => ({ ...resource })),
            nameTable: { ...importFile.nameTable },
            protect: false,
            generateCode: false,
        });
    } catch (error) {
        await stack.importStack(before);
        throw new MendableError(
            `the import failed, and the state is as it was: ${describeEngineFailure(error, project, stackName)}`,
        );
    }
    const preview = await previewStack({ project, stack: stackName });
    const verdict = judgeAdoption(slug, preview.changes);
    if (preview.errors.length > 0 || verdict.forbidden.length > 0) {
        await stack.importStack(before);
    }
    if (preview.errors.length > 0) {
        throw new MendableError(
            `the preview after the import fails, and the state is as it was:\n${preview.errors.join("\n")}`,
        );
    }
    return verdict;
}
