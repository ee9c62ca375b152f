import { z } from "zod";
import { runtimeNameSchema } from "../images/runtimeImages";
import { durationSchema } from "./duration";
import { agentNameSchema, slugSchema } from "./kubernetesNames";

/** Who answers for an exception from the gate, why, and the last day (UTC) on which it holds. */
const answerable = {
    owner: z.string().trim().min(1, "expected who answers for it"),
    reason: z.string().trim().min(1, "expected why"),
    expires: z.iso.date('expected a date, "YYYY-MM-DD"'),
};

const httpUrlSchema = z
    .url({ protocol: /^https?$/, error: "expected an http or https URL" })
    .refine((url) => URL.canParse(url) && new URL(url).username === "" && new URL(url).password === "", {
        // The value is not repeated: whatever stands before the "@" is a credential.
        message: "expected a URL without a user and a password in it",
    });

/** One question that must be answered well before a release goes on; exactly one of the three ways to ask. */
const checkSchema = z
    .strictObject({
        name: z.string().trim().min(1, "expected the check's name"),
        /** Asked for this runtime alone; for every one when left out. */
        runtime: runtimeNameSchema.optional(),
        /** An answer with a status of 200 to 299. */
        http: z.strictObject({ url: httpUrlSchema }).optional(),
        /** An instant query with one number as its answer, of which it must be `above` or `below` a threshold. */
        prometheus: z
            .strictObject({
                url: httpUrlSchema,
                query: z.string().trim().min(1, "expected a query"),
                above: z.number().optional(),
                below: z.number().optional(),
            })
            .refine(
                ({ above, below }) => (above === undefined) !== (below === undefined),
                'expected exactly one of "above" and "below"',
            )
            .optional(),
        /** A program with its arguments, without a shell, that ends with 0. RUNTIME and IMAGE are in its environment. */
        command: z.array(z.string()).min(1, "expected a program").optional(),
        timeout: durationSchema.prefault("30s"),
    })
    .refine(
        (check) =>
            [check.http, check.prometheus, check.command].filter((way) => way !== undefined).length === 1,
        'expected exactly one of "http", "prometheus" and "command"',
    );

/** One question that a stack asks before it exports a release. */
export type GateCheck = z.infer<typeof checkSchema>;

/** What a stack asks of a release before it exports it to the next ring: the keys under `gate`. */
export const gateSchema = z
    .strictObject({
        /** Agents that must really run a pin before it is proven. */
        agents: z.int().min(1, "expected at least one agent").default(1),
        /** How long they must have been ready without a break. */
        soak: durationSchema.prefault("0s"),
        /** Restarts that a pod of theirs may have had since the rollout. */
        restarts: z.int().min(0).default(0),
        /** Agents of a runtime that may fail to roll: one more ends the run, and nothing is proven. */
        failures: z.int().min(0).default(1),
        /** How long one `up` waits for a soak to be over; a later `up` goes on where it is not. */
        wait: durationSchema.prefault("0s"),
        /** Agents that are rolled at the same time: how many a bad image can reach. */
        parallel: z.int().min(1).max(500).default(16),
        /** Runtimes that go on though no agent of this stack runs them. */
        passOn: z.array(z.strictObject({ runtime: runtimeNameSchema, ...answerable })).default([]),
        /** Agents, or all of an org, that are not counted where they fail. */
        excused: z
            .array(z.strictObject({ org: slugSchema, agent: agentNameSchema.optional(), ...answerable }))
            .default([]),
        checks: z.array(checkSchema).default([]),
    })
    .prefault({});

/** What a stack asks of a release before it exports it. */
export type GateConfig = z.infer<typeof gateSchema>;

/** An exception from the gate that somebody answers for. */
export type Excuse = GateConfig["excused"][number];
