import * as fs from "node:fs";
import * as path from "node:path";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { describeEngineFailure } from "../../engine/engineFailure";
import { engineEnvironment } from "../../engine/engineEnvironment";
import { runUpdate } from "../../engine/runUpdate";
import { runCommand } from "../../lib/system/runCommand";
import { writeWhole } from "../../lib/system/writeWhole";
import { MendableError } from "../../lib/text/mendableError";
import { editYaml } from "../../pins/editYaml";
import type { SplitPart } from "./planSplit";

/**
 * Makes a stack that is like another one but for its orgs: its settings, its directory, its state with no org in it. Each is made only where
 * it is missing.
 *
 * @throws MendableError where the engine refuses
 */
export async function makeStack(project: string, like: string, { stack, orgs }: SplitPart): Promise<void> {
    const file = path.join(project, `Pulumi.${stack}.yaml`);
    fs.mkdirSync(path.join(project, orgs), { recursive: true });
    if (!fs.existsSync(file)) {
        const text = fs.readFileSync(path.join(project, `Pulumi.${like}.yaml`), "utf8");
        writeWhole(
            file,
            editYaml(text, (document) => {
                document.setIn(["config", `${CUSTOMER_ORGS_PROJECT}:orgs`], orgs);
            }),
        );
    }
    const mendable = (error: unknown) => new MendableError(describeEngineFailure(error, project, stack));
    const { code, output } = await runCommand(
        "pulumi",
        ["stack", "select", "--create", "--stack", stack, "--non-interactive"],
        { cwd: project, env: { ...process.env, ...engineEnvironment() }, mayFail: true },
    );
    if (code !== 0) {
        throw mendable(output);
    }
    try {
        await runUpdate({ workDir: project, stack, message: `fleet split ${like}` });
    } catch (error) {
        throw mendable(error);
    }
}

/**
 * Has every stack that reads one read all of its parts: what they export counts only when all of them have proven the same.
 *
 * @returns the stacks whose files were changed
 */
export function readAllParts(
    project: string,
    readers: readonly { readonly stack: string; readonly references: readonly string[] }[],
    whole: string,
    parts: readonly string[],
): readonly string[] {
    return readers.flatMap(({ stack, references }) => {
        const own = references.find((reference) => reference.split("/").at(-1) === whole);
        if (own === undefined) {
            return [];
        }
        const added = parts
            .map((part) => own.slice(0, own.length - whole.length) + part)
            .filter((each) => !references.includes(each));
        if (added.length === 0) {
            return [];
        }
        const file = path.join(project, `Pulumi.${stack}.yaml`);
        writeWhole(
            file,
            editYaml(fs.readFileSync(file, "utf8"), (document) => {
                const list = document.createNode([...references, ...added]);
                document.setIn(["config", `${CUSTOMER_ORGS_PROJECT}:referenceStack`], list);
            }),
        );
        return [stack];
    });
}
