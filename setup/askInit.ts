import * as readline from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { CORE_FLEETS, type InitAnswers, PIPELINES } from "./plan";

/** One thing to ask: its option, the question, and what is meant by an empty answer. */
interface Question {
    readonly option: keyof InitAnswers;
    readonly text: string;
    readonly otherwise: string;
    readonly isList?: true;
    /** Whether it is asked, by what was answered before. */
    readonly when?: (answers: InitAnswers) => boolean;
}

const QUESTIONS: readonly Question[] = [
    {
        option: "environment",
        text: 'Environments, each with its kubeconfig context, such as "staging=eks-staging prod=eks-prod"',
        otherwise: "prod",
        isList: true,
    },
    { option: "registry", text: "Where the runtimes' images are", otherwise: "ghcr.io/example" },
    {
        option: "runtime",
        text: 'Runtimes with their images, such as "claude-code=sha-19f3175", or "…=deployment" where the pin follows a Deployment',
        otherwise: "claude-code=deployment",
        isList: true,
    },
    {
        option: "coreFleet",
        text: `The platform's own agents (${CORE_FLEETS.join(", ")})`,
        otherwise: "none",
    },
    {
        option: "coreAgent",
        text: 'Which, with their runtimes, such as "ceo=claude-code"',
        otherwise: "",
        isList: true,
        when: ({ coreFleet }) => coreFleet !== "none",
    },
    { option: "org", text: "The first org's slug", otherwise: "acme" },
    { option: "ci", text: `Workflows for (${PIPELINES.join(", ")})`, otherwise: "github" },
];

/** Asks a person for what no option said. An input that ends early leaves the rest unanswered. */
export async function askInit(
    given: InitAnswers,
    { input, output }: { readonly input: Readable; readonly output: Writable },
): Promise<InitAnswers> {
    const reader = readline.createInterface({ input, output });
    const answers: Record<string, unknown> = { ...given };
    const closed = new Promise<undefined>((resolve) => {
        reader.once("close", () => {
            resolve(undefined);
        });
    });
    try {
        for (const { option, text, otherwise, isList, when } of QUESTIONS) {
            if (answers[option] !== undefined || when?.(answers) === false) {
                continue;
            }
            const hint = otherwise === "" ? "" : ` [${otherwise}]`;
            const said = await Promise.race([reader.question(`${text}${hint}: `), closed]);
            if (said === undefined) {
                break;
            }
            const value = said.trim() === "" ? otherwise : said.trim();
            answers[option] = isList === true ? value.split(/[\s,]+/).filter((each) => each !== "") : value;
        }
        return answers;
    } finally {
        reader.close();
    }
}
