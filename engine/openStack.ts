import * as path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { MendableError } from "../lib/text/mendableError";
import { engineEnvironment } from "./engineEnvironment";
import { describeEngineFailure } from "./engineFailure";

/**
 * Opens a stack of a project on the backend that the engine is logged in to, through the Automation API.
 *
 * @param project the directory with Pulumi.yaml
 * @param env environment of the engine, besides the process's own
 * @throws MendableError when there is no engine or no such stack, or its state cannot be read
 */
export async function openStack(
    project: string,
    stack: string,
    env: Readonly<Record<string, string>> = {},
): Promise<Stack> {
    try {
        return await LocalWorkspace.selectStack(
            { stackName: stack, workDir: path.resolve(project) },
            {
                envVars: {
                    ...engineEnvironment(),
                    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
                    ...env,
                },
            },
        );
    } catch (error) {
        throw new MendableError(describeEngineFailure(error, project, stack), { cause: error });
    }
}
