import type { KubeConfig } from "@kubernetes/client-node";
import type { Workspace } from "../workspace";
import type { ClusterView, LiveAgent } from "./clusterView";
import type { Delivery } from "./delivery";
import type { CommandResult } from "../../lib/system/runCommand";
import { runProjectCommand } from "./projectCommand";
import { type Published, STACK } from "./scenario";
import type { StoryTeller } from "./storyTeller";

/** Where the story is told, and what every part of it works with. */
export interface Story {
    readonly kubeConfig: KubeConfig;
    readonly context: string;
    readonly workspace: Workspace;
    readonly delivery: Delivery;
    readonly teller: StoryTeller;
    readonly cluster: ClusterView;
    readonly published: Published;
    /** Slug → the org's file. */
    readonly orgs: Readonly<Record<string, unknown>>;
}

/** The agents of the orgs that are deployed by the program, as the API server has them. */
export async function managedAgents({ cluster, orgs }: Story): Promise<readonly LiveAgent[]> {
    const all = await cluster.agents("org-");
    return all.filter(({ key }) => Object.keys(orgs).some((slug) => key.startsWith(`org-${slug}/`)));
}

/** Runs a fleet command on the story's stack and cluster, as a user would. */
export function fleet(
    { workspace }: Story,
    command: string,
    ...args: readonly string[]
): Promise<Pick<CommandResult, "code" | "output">> {
    const where = ["--stack", STACK, "--project", workspace.directory];
    return runProjectCommand("fleet", [command, ...where, ...args], workspace.env);
}

/** The counts of a command's last line: `updated=0 already-current=5 …`. */
export function counts(output: string): Readonly<Record<string, number>> {
    const last = output.split("\n").at(-1) ?? "";
    return Object.fromEntries(
        [...last.matchAll(/([a-z-]+)=(\d+)/g)].map(([, name = "", count]) => [name, Number(count)]),
    );
}

/** Whether two plain values are the same. */
export function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}
