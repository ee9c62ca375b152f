import module from "node:module";

/**
 * Has Node run this project's TypeScript as it is written. Plain JavaScript, since it is what is run before.
 *
 * tsx looks at every module that is loaded after it, those of packages included: `@pulumi/pulumi` then needs two and a half times the
 * processor time, and the Kubernetes client with its 800 files three times. What is loaded before it is found loaded.
 *
 * @param {readonly string[]} packages which of them will be needed for certain
 */
export async function startTypeScript(packages) {
    // Node 22.8 and newer; an older one is only slower.
    module.enableCompileCache?.();
    for (const name of packages) {
        await import(name);
    }
    await import("tsx");
}
