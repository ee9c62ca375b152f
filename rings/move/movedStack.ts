import type { Deployment, Stack } from "@pulumi/pulumi/automation";
import { describeEngineFailure } from "../../engine/engineFailure";
import { engineEnvironment } from "../../engine/engineEnvironment";
import { openStack } from "../../engine/openStack";
import { runCommand } from "../../lib/system/runCommand";
import { MendableError } from "../../lib/text/mendableError";
import { type StackDeployment, orgUrn } from "./orgState";

/** A stack whose state is read and written. */
export class MovedStack {
    private constructor(
        private readonly project: string,
        public readonly name: string,
        private readonly stack: Stack,
    ) {}

    /** @throws MendableError when there is no such stack, or no engine */
    public static async open(project: string, name: string): Promise<MovedStack> {
        return new MovedStack(project, name, await openStack(project, name));
    }

    /** @throws MendableError */
    public async read(): Promise<StackDeployment> {
        return (await this.export()).deployment as StackDeployment;
    }

    /**
     * Changes the state as a whole; writes nothing where nothing changes.
     *
     * @throws MendableError
     */
    public async change(how: (deployment: StackDeployment) => StackDeployment): Promise<void> {
        const exported = await this.export();
        const deployment = how(exported.deployment as StackDeployment);
        if (JSON.stringify(deployment) !== JSON.stringify(exported.deployment)) {
            await this.stack.importStack({ ...exported, deployment }).catch((error: unknown) => {
                throw this.mendable(error);
            });
        }
    }

    /**
     * Moves orgs' resources into another stack's state. The engine writes that one first: whoever is interrupted between the two finds them
     * in both, and never in none.
     *
     * @throws MendableError
     */
    public async moveOrgs(slugs: readonly string[], to: string): Promise<void> {
        const urns = slugs.map((slug) => orgUrn(this.name, slug));
        const { code, output } = await runCommand(
            "pulumi",
            ["state", "move", "--yes", "--source", this.name, "--dest", to, "--non-interactive", ...urns],
            { cwd: this.project, env: { ...process.env, ...engineEnvironment() }, mayFail: true },
        );
        if (code !== 0) {
            const whose = output.includes("failed to save destination snapshot") ? to : this.name;
            throw new MendableError(describeEngineFailure(output, this.project, whose));
        }
    }

    private export(): Promise<Deployment> {
        return this.stack.exportStack().catch((error: unknown) => {
            throw this.mendable(error);
        });
    }

    private mendable(error: unknown): MendableError {
        return new MendableError(describeEngineFailure(error, this.project, this.name));
    }
}
