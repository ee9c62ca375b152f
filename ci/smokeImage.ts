import { parseArgs } from "node:util";
import { judgeImage } from "../images/immutability";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { runScript } from "../lib/system/runScript";
import { describeUserTrouble } from "./imageUser";
import { smokedAgents } from "./smokePlans";

/**
 * Smokes a published image as far as this project knows what it must be: it can be pulled by its digest, and it has every
 * path of its agents' boot gates, and a user as whom they may run, without which its agents start and can do nothing. Put the tests of your images here.
 * Needs Docker; works for images without a shell too, since nothing in them is run.
 * `npm run smoke -- --runtime platform-agent --image ghcr.io/…@sha256:…`
 */
async function main(): Promise<void> {
    const { values } = parseArgs({ options: { runtime: { type: "string" }, image: { type: "string" } } });
    const { runtime = "", image = "" } = values;
    const verdict = judgeImage(image);
    if (verdict.kind !== "digest") {
        throw new Error(`--image: "${image}": expected a digest, so that what is smoked is what is promoted`);
    }
    if (runtime === "") {
        throw new Error('--runtime: nothing: expected the image\'s runtime, such as "platform-agent"');
    }
    const agents = smokedAgents(PACKAGE_ROOT, runtime);
    const gate = [...new Set(agents.flatMap(({ bootGate }) => bootGate))];
    const container = (await docker("create", image, "unused")).trim();
    try {
        const lacks = async (path: string) => {
            const { code } = await runCommand("docker", ["cp", `${container}:${path}`, "-"], {
                mayFail: true,
            });
            return code === 0 ? [] : [path];
        };
        const missing = (await Promise.all(gate.map(lacks))).flat();
        const user: unknown = JSON.parse(await docker("inspect", "--format", "{{json .Config.User}}", image));
        const trouble = describeUserTrouble(typeof user === "string" ? user : "", agents);
        if (trouble !== undefined) {
            throw new Error(`${image}: ${trouble}`);
        }
        if (missing.length > 0) {
            throw new Error(`${image} lacks ${missing.join(", ")}: its agents would not start`);
        }
    } finally {
        await docker("rm", container);
    }
    console.log(`${image} can be pulled${gate.length === 0 ? "" : `, and has ${gate.join(", ")}`}`);
}

async function docker(...args: readonly string[]): Promise<string> {
    return (await runCommand("docker", args)).stdout;
}

void runScript(main);
