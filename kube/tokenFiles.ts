import * as fs from "node:fs";
import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";

const userSchema = z.object({ name: z.string(), user: z.object({ tokenFile: z.string().min(1) }) });
const fileSchema = z.object({ users: z.array(z.unknown()) });

/**
 * Has the users of a kubeconfig read their token from their `tokenFile`, as kubectl and the engine's provider do; the library does not
 * know the word. Read anew for each request, since whoever writes the file renews the token.
 *
 * @param files the kubeconfigs that `config` was loaded from; a user of the first that has it counts
 */
export function useTokenFiles(config: KubeConfig, files: readonly string[]): void {
    const tokenFiles = new Map(files.flatMap(readTokenFiles).reverse());
    config.users = config.users.map((user) => {
        const tokenFile = tokenFiles.get(user.name);
        return tokenFile === undefined
            ? user
            : Object.defineProperty({ ...user }, "token", {
                  enumerable: true,
                  get: () => fs.readFileSync(tokenFile, "utf8").trim(),
              });
    });
}

/** User → the absolute path of the file with its token. */
function readTokenFiles(kubeconfig: string): [string, string][] {
    const parsed = fileSchema.safeParse(parse(fs.readFileSync(kubeconfig, "utf8")));
    return (parsed.data?.users ?? []).flatMap((entry): [string, string][] => {
        const read = userSchema.safeParse(entry);
        return read.success
            ? [[read.data.name, path.resolve(path.dirname(kubeconfig), read.data.user.tokenFile)]]
            : [];
    });
}
