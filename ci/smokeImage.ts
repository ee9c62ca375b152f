import { parseArgs } from "node:util";
import type { AgentPlan } from "../config/agent/agentPlan";
import { planAgent } from "../config/agent/planAgent";
import { readSharedRuntimes } from "../config/loadStack";
import { PROJECT_FILE } from "../config/projectFile";
import { judgeImage } from "../images/immutability";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { runScript } from "../lib/system/runScript";
import { describeUserTrouble } from "./imageUser";

/**
 * Smokes a published image as far as this project knows what it must be: it can be pulled by its digest, and it has every
 * path of its runtime's boot gate, without which its agents start and can do nothing. Put the tests of your images here.
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
    const { bootGate: gate, profile } = planRuntime(runtime);
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
        const trouble = describeUserTrouble(
            typeof user === "string" ? user : "",
            profile.securityContext?.runAsUser,
        );
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

/** What Pulumi.yaml and the program itself say of every agent of a runtime. */
function planRuntime(runtime: string): AgentPlan {
    const runtimes = readSharedRuntimes(PACKAGE_ROOT);
    const profile = runtimes.get(runtime) ?? {};
    return planAgent("smoke", runtime, [{ origin: { layer: "runtime", file: PROJECT_FILE }, profile }]);
}

async function docker(...args: readonly string[]): Promise<string> {
    return (await runCommand("docker", args)).stdout;
}

void runScript(main);
