import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A Go module at a version, with the checksum of all its bytes (`h1:…`, as in a go.sum). */
export interface GoModule {
    readonly module: string;
    readonly version: string;
    readonly sum: string;
}

/** The schemas of the External Secrets Operator, `config/crds/bases/`: 19 MB, fetched once into Go's own cache. */
export const EXTERNAL_SECRETS: GoModule = {
    module: "github.com/external-secrets/external-secrets",
    version: "v1.3.2",
    sum: "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
};

/**
 * Has Go fetch a module, and nothing that it depends on.
 *
 * @returns its directory, or why there is none
 * @throws Error where its bytes are others than were looked at
 */
export async function goModule({
    module,
    version,
    sum,
}: GoModule): Promise<{ readonly directory: string } | { readonly missing: string }> {
    let answer: { readonly Dir: string; readonly Sum: string };
    try {
        const { stdout } = await promisify(execFile)(
            "go",
            ["mod", "download", "-json", `${module}@${version}`],
            { env: { ...process.env, GOWORK: "off", GOFLAGS: "-mod=mod" }, timeout: 120_000 },
        );
        answer = JSON.parse(stdout) as typeof answer;
    } catch (error) {
        const [why = ""] = (error as Error).message.split("\n");
        return { missing: `Go does not fetch ${module}@${version}: ${why}` };
    }
    if (answer.Sum !== sum) {
        throw new Error(`${module}@${version} has the checksum ${answer.Sum}, expected ${sum}`);
    }
    return { directory: answer.Dir };
}
