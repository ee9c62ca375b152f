import { RegistryServer } from "../../local/registry/registryServer";

/**
 * Gives the suite it is called in (a `describe`) a registry of its own. Where its binary cannot be had the suite is skipped and
 * says why; with `CI` set it fails instead.
 *
 * @returns a function that returns it, to be called within hooks and tests
 */
export function useRegistry(): () => RegistryServer {
    let registry: RegistryServer | undefined;
    before("a registry", async function () {
        this.timeout(5 * 60_000);
        try {
            registry = await RegistryServer.start();
        } catch (error) {
            if ((process.env["CI"] ?? "") !== "") {
                throw error;
            }
            console.error(`SKIPPED, no registry: ${(error as Error).message}`);
            this.skip();
        }
    });
    after("the registry ends", async () => {
        await registry?.stop();
    });
    return () => {
        if (registry === undefined) {
            throw new Error("the registry is there only within hooks and tests");
        }
        return registry;
    };
}
