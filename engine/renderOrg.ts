import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { readStackFile } from "../config/readStackFile";
import { VETOES_FILE } from "../config/vetoes";
import { type RuntimeImages, formatRuntimeImages } from "../images/runtimeImages";
import { type KubernetesObject, renderStack } from "./renderStack";

/** An org as its file has it, before anything is made of it. */
export type OrgFile = Readonly<Record<string, unknown>> & { readonly slug: string };

/**
 * What a stack's program declares for one org that is not among its files: the program itself is evaluated, with that org alone.
 *
 * @param root the project's root
 * @param pins what the reference exports
 * @throws ConfigError with everything that the program refuses of the org
 */
export async function renderOrg(
    { stack, root, pins, now }: { stack: string; root: string; pins: RuntimeImages; now: Date },
    org: OrgFile,
): Promise<readonly KubernetesObject[]> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-org-"));
    try {
        for (const file of ["Pulumi.yaml", `Pulumi.${stack}.yaml`, VETOES_FILE]) {
            if (fs.existsSync(path.join(root, file))) {
                fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
                fs.copyFileSync(path.join(root, file), path.join(folder, file));
            }
        }
        const orgs = path.join(
            folder,
            readStackFile(root, ".", stack)[`${CUSTOMER_ORGS_PROJECT}:orgs`] ?? "orgs",
        );
        fs.mkdirSync(orgs, { recursive: true });
        fs.writeFileSync(path.join(orgs, `${org.slug}.yaml`), stringify(org));
        const runtimeImages = formatRuntimeImages(pins);
        return (await renderStack({ stack, root: folder, runtimeImages, now })).customerOrgs;
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
