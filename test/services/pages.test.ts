import { FILE_STEPS } from "../support/pages/fileSteps";
import { PageProject } from "../support/pages/pageProject";
import { runSteps } from "../support/pages/runSteps";
import { useRegistry } from "../support/useRegistry";

describe("the commands of the pages that want neither an engine nor a cluster", function () {
    this.timeout(60_000);
    const registry = useRegistry();
    let project: PageProject;

    before(() => {
        project = PageProject.create(registry(), "/nowhere");
    });
    after(() => {
        (project as PageProject | undefined)?.workspace.remove();
    });
    runSteps(FILE_STEPS, () => project);
});
