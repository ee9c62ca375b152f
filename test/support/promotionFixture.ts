import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { readStackFile } from "../../config/readStackFile";
import { addToRelease } from "../../pins/release/addToRelease";
import type { PromotionWorld } from "../../pins/prepareEnvironment";
import { promote, type Promotion } from "../../pins/promote";
import type { PromotionReport } from "../../pins/report";
import { readRelease } from "../../pins/release/release";
import { loadPlatform } from "../../platform/loadPlatform";
import { pinSchema } from "../../platform/platformConfig";

/** The time at which the fixtures' releases were published. */
const PUBLISHED = "2026-06-21T10:00:00Z";

/** Writes a release file: runtime → `repository@digest`, each with its smoke evidence. */
export function writeRelease(
    file: string,
    release: string,
    images: Readonly<Record<string, string>>,
    publishedAt = PUBLISHED,
): string {
    fs.rmSync(file, { force: true });
    for (const [runtime, image] of Object.entries(images)) {
        addToRelease(
            {
                file,
                release,
                runtime,
                image,
                gitSha: "19f3175",
                publishedAt,
                evidence: ["smoke=passed:https://ci.example.com/runs/1"],
            },
            new Date(publishedAt),
        );
    }
    return file;
}

/** An environment's pins as its file has them. */
export function pinsIn(root: string, environment: string): ReadonlyMap<string, z.input<typeof pinSchema>> {
    const { runtimes } = loadPlatform(readStackFile(root, "platform", environment), environment);
    return new Map([...runtimes].map(([runtime, pin]) => [runtime, z.encode(pinSchema, pin)]));
}

/** The text of an environment's file. */
export function stackFile(root: string, environment: string): string {
    return fs.readFileSync(path.join(root, "platform", `Pulumi.${environment}.yaml`), "utf8");
}

/** Promotes a release file. */
export function promoteFile(
    file: string,
    environments: readonly string[],
    world: PromotionWorld,
    change: Partial<Promotion> = {},
): Promise<PromotionReport> {
    return promote({ parsed: readRelease(file), environments, by: "ann", ...change }, world);
}

/** Every runtime's status in an environment: `{ "claude-code": "promoted" }`. */
export function statusesOf(report: PromotionReport, environment: string): Record<string, string> {
    const found = report.environments.find((each) => each.environment === environment);
    return Object.fromEntries(found?.runtimes.map(({ runtime, status }) => [runtime, status]) ?? []);
}

/** All problems as `environment check`, with their messages. */
export function problemsIn(
    report: PromotionReport,
): readonly { readonly at: string; readonly message: string }[] {
    return report.environments.flatMap(({ environment, problems }) =>
        problems.map(({ check, message }) => ({ at: `${environment} ${check}`, message })),
    );
}
