import * as fs from "node:fs";
import * as path from "node:path";
import { initGolden } from "./initGolden";
import { GOLDEN_STACKS, renderGolden } from "./renderGolden";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** `npm run golden`: writes the golden files anew, for the diff to be reviewed. */
async function update(): Promise<void> {
    for (const stack of GOLDEN_STACKS) {
        const directory = path.join(PACKAGE_ROOT, "test", "golden", stack);
        const files = await renderGolden(stack, PACKAGE_ROOT);
        fs.rmSync(directory, { recursive: true, force: true });
        fs.mkdirSync(directory);
        for (const [name, text] of files) {
            fs.writeFileSync(path.join(directory, name), text);
        }
        console.log(`${stack}: ${files.size} files`);
    }
    const directory = path.join(PACKAGE_ROOT, "test", "golden", "init");
    fs.rmSync(directory, { recursive: true, force: true });
    for (const [name, text] of await initGolden()) {
        fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
        fs.writeFileSync(path.join(directory, name), text);
    }
}

void update();
