import { z } from "zod";
import type { GateCheck, GateConfig } from "../config/gate";
import { formatImageReference } from "../images/imageReference";
import { runCommand } from "../lib/system/runCommand";
import type { Decision } from "./decideProof";
import type { Proven, RuntimeProof } from "./proofRecord";
import { messageOf } from "../lib/text/mendableError";

/** What one check answered. */
interface CheckAnswer {
    readonly name: string;
    readonly passed: boolean;
    /** For people: `200`, `0.002`, `exit 1`. */
    readonly answer: string;
}

/**
 * Asks the gate's checks for one runtime, all at once. A check that cannot be asked, or whose answer cannot be read, has not
 * passed. Never rejects.
 */
function runChecks(
    checks: readonly GateCheck[],
    runtime: string,
    { image }: Pick<Proven, "image">,
): Promise<readonly CheckAnswer[]> {
    return Promise.all(
        checks
            .filter((check) => check.runtime === undefined || check.runtime === runtime)
            .map(async (check): Promise<CheckAnswer> => {
                try {
                    return { name: check.name, ...(await ask(check, runtime, formatImageReference(image))) };
                } catch (error) {
                    const why = messageOf(error);
                    return { name: check.name, passed: false, answer: `could not be asked: ${why}` };
                }
            }),
    );
}

/** Asks the checks of a decision where they are all that is missing. */
export async function settleDecision(
    runtime: string,
    { ready, proven, waiting }: Decision,
    gate: GateConfig,
): Promise<RuntimeProof> {
    if (ready === undefined) {
        return { proven, waiting };
    }
    const answers = await runChecks(gate.checks, runtime, ready);
    const failed = answers.filter(({ passed }) => !passed);
    if (failed.length > 0) {
        const why = failed.map(({ name, answer }) => `the check "${name}" did not pass: ${answer}`);
        return { proven, waiting: { image: ready.image, release: ready.release, why } };
    }
    const checks = answers.map(({ name, answer }) => ({ name, answer }));
    return { proven: { ...ready, evidence: { ...ready.evidence, checks } } };
}

async function ask(check: GateCheck, runtime: string, image: string): Promise<Omit<CheckAnswer, "name">> {
    const { http, prometheus, command, timeout } = check;
    if (http !== undefined) {
        const { status, ok } = await get(new URL(http.url), timeout);
        return { passed: ok, answer: String(status) };
    }
    if (prometheus !== undefined) {
        // https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
        const url = new URL(`${prometheus.url.replace(/\/$/, "")}/api/v1/query`);
        url.searchParams.set("query", prometheus.query);
        const response = await get(url, timeout);
        const value = readSample(await response.json());
        if (value === undefined) {
            return { passed: false, answer: "expected one number as the query's answer" };
        }
        const { above, below } = prometheus;
        const passed = above === undefined ? value < (below ?? Number.NaN) : value > above;
        return { passed, answer: String(value) };
    }
    const [program = "", ...args] = command ?? [];
    await runCommand(program, args, { env: { ...process.env, RUNTIME: runtime, IMAGE: image }, timeout });
    return { passed: true, answer: "exit 0" };
}

/** A redirect is no answer: it may lead to a page that says yes to everybody. */
function get(url: URL, timeout: number): Promise<Response> {
    return fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeout) });
}

const sampleSchema = z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
        z.object({ resultType: z.literal("scalar"), result: z.tuple([z.number(), z.string()]) }),
        z.object({
            resultType: z.literal("vector"),
            result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })).length(1),
        }),
    ]),
});

function readSample(body: unknown): number | undefined {
    const parsed = sampleSchema.safeParse(body);
    if (!parsed.success) {
        return undefined;
    }
    const { data } = parsed.data;
    const [, text] = data.resultType === "scalar" ? data.result : (data.result[0]?.value ?? [0, ""]);
    const value = text.trim() === "" ? Number.NaN : Number(text);
    return Number.isNaN(value) ? undefined : value;
}
