import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { type EmbeddedCluster, startCluster } from "../../local/cluster/startCluster";
import { ENGINE_STEPS } from "../support/pages/engineSteps";
import { PageProject } from "../support/pages/pageProject";
import { runSteps } from "../support/pages/runSteps";

import { skipWithoutEngine } from "../support/useEngine";
import { skipWithoutCluster, startTimeout } from "../support/sharedCluster";
import { useRegistry } from "../support/useRegistry";

/** In a cluster of their own, since they speak of all orgs that there are. */
describe("the commands of the pages that want an engine and a cluster", function () {
    this.timeout(300_000);
    const registry = useRegistry();
    let cluster: EmbeddedCluster | undefined;
    let project: PageProject;

    before(async function () {
        this.timeout(startTimeout);
        await skipWithoutEngine(this);
        await skipWithoutCluster(this);
        cluster = await startCluster({ name: `pages-${process.pid}`, owned: true });
        project = PageProject.create(registry(), withContexts(cluster, ["prod", "staging"]));
    });
    after(async () => {
        (project as PageProject | undefined)?.workspace.remove();
        await cluster?.stop();
    });
    runSteps(ENGINE_STEPS, () => project);
});

/** A kubeconfig in which a cluster goes by the names that the committed stacks give theirs. */
function withContexts({ kubeconfigPath }: EmbeddedCluster, names: readonly string[]): string {
    const config = parse(fs.readFileSync(kubeconfigPath, "utf8")) as { contexts: { name: string }[] };
    const [context] = config.contexts;
    const file = path.join(path.dirname(kubeconfigPath), "kubeconfig-of-pages.yaml");
    fs.writeFileSync(
        file,
        stringify({
            ...config,
            contexts: names.map((name) => ({ ...context, name })),
            "current-context": "",
        }),
        { mode: 0o600 },
    );
    return file;
}
