import { findEngine } from "../../engine/findEngine";
import { Workspace } from "../../local/workspace";
import { skipBecause } from "./skipBecause";
import { type SharedCluster, useCluster } from "./sharedCluster";

/** What a suite on a real engine works with. */
export interface EngineSuite {
    readonly cluster: SharedCluster;
    /** Projects and state of this suite's own. */
    readonly workspace: Workspace;
}

/**
 * Gives the suite it is called in (a `describe`) a Pulumi engine, a workspace of its own and the shared cluster. Where no
 * engine answers the suite is skipped and says why.
 *
 * @returns a function that returns them, to be called within hooks and tests
 */
export function useEngine(): () => EngineSuite {
    let workspace: Workspace | undefined;
    before("a Pulumi engine", async function () {
        await skipWithoutEngine(this);
    });
    const cluster = useCluster();
    before("a workspace", () => {
        workspace = Workspace.create(cluster().kubeconfigPath);
    });
    after("the workspace is removed", () => {
        workspace?.remove();
    });
    return () => {
        if (workspace === undefined) {
            throw new Error("the workspace is there only within hooks and tests");
        }
        return { cluster: cluster(), workspace };
    };
}

/** Skips the suite whose hook `context` is where no Pulumi engine answers, and says why. */
export async function skipWithoutEngine(context: Mocha.Context): Promise<void> {
    // Enough for npm's pulumi to download the official one.
    context.timeout(360_000);
    const engine = await findEngine();
    if (!engine.ok) {
        skipBecause(context, `no engine: ${engine.reason}`);
    }
}
