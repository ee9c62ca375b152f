import { CUSTOMER_ORGS_PROJECT, type LoadedStack } from "../../config/loadStack";
import { loadNamedStack } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { readStackFile } from "../../config/readStackFile";
import { type StackConfig, readReferenceSetting } from "../../config/stackConfig";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { RUNTIME_IMAGES_OUTPUT } from "../../images/readReferenceStack";
import {
    type RuntimeImages,
    type RuntimeImagesOutput,
    formatRuntimeImages,
    parseRuntimeImages,
} from "../../images/runtimeImages";
import { MendableError } from "../../lib/text/mendableError";
import { agreePins } from "../../proof/agreedPins";
import { parseOwnOutputs } from "../../proof/ownOutputs";
import { type ProofRecord, parseProof } from "../../proof/proofRecord";
import type { Chain } from "../chain";
import { type StackJudgement, type StackQuestion, judgeStack } from "./judgeStack";
import { readStackFacts } from "./stackFacts";

/** What was read of a stack when it was judged, and its update needs too. */
export interface StackReading {
    readonly environment: StackConfig["environment"];
    /** What its references have proven, in the schema of their output. */
    readonly runtimeImages: RuntimeImagesOutput;
}

/** Judges the stacks of one chain by the engine and their clusters. */
export class StackJudge {
    private readonly used = new Map<string, ReadonlySet<string> | undefined>();
    private readonly readings = new Map<string, StackReading>();

    /** @param chain the whole of it: who stands behind a stack decides which runtimes it must prove */
    public constructor(
        private readonly project: string,
        private readonly chain: Chain,
        private readonly now: () => Date,
    ) {}

    /**
     * What the stack has proven that all others of the chain get their images from, and what is on its way there.
     *
     * @throws MendableError where it cannot be read
     */
    public async readOrigin(): Promise<{ readonly pins: RuntimeImages; readonly proof: ProofRecord }> {
        const [first] = this.chain.rings[0] ?? [];
        const setting = `${CUSTOMER_ORGS_PROJECT}:referenceStack`;
        const settings = first === undefined ? {} : readStackFile(this.project, ".", first.stack);
        const [reference = this.chain.origin] = readReferenceSetting(settings[setting] ?? this.chain.origin);
        const outputs = await readEngineOutputs(this.project, reference);
        return {
            pins: parseRuntimeImages(outputs[RUNTIME_IMAGES_OUTPUT], reference),
            proof: parseProof(outputs["proof"]) ?? new Map(),
        };
    }

    /**
     * Where a stack is, by what its references have proven now.
     *
     * @throws MendableError where it, its cluster or a reference cannot be read
     */
    public async judge(stack: string): Promise<StackJudgement> {
        const question = await this.askBy(stack, async ({ config }) =>
            Promise.all(
                config.referenceStack.map(async (reference) => ({
                    stack: reference,
                    images: await this.readPins(reference),
                })),
            ),
        );
        const { environment } = question.facts.loaded.config;
        this.readings.set(stack, { environment, runtimeImages: formatRuntimeImages(question.pins) });
        return judgeStack(question);
    }

    /**
     * Where it would be, had every ring before it proven these pins.
     *
     * @throws MendableError where it or its cluster cannot be read
     */
    public async foresee(stack: string, images: RuntimeImages): Promise<StackJudgement> {
        return judgeStack(
            await this.askBy(stack, () => Promise.resolve([{ stack: this.chain.origin, images }])),
        );
    }

    /**
     * What {@link judge} read of a stack last. Its cluster was the stack's own then, and its references and state could be read.
     *
     * @throws Error where it was never judged
     */
    public readingOf(stack: string): StackReading {
        const reading = this.readings.get(stack);
        if (reading === undefined) {
            throw new Error(`the stack "${stack}" is updated and was never judged`);
        }
        return reading;
    }

    private async readPins(reference: string): Promise<RuntimeImages> {
        const outputs = await readEngineOutputs(this.project, reference);
        return parseRuntimeImages(outputs[RUNTIME_IMAGES_OUTPUT], reference);
    }

    private async askBy(
        stack: string,
        read: (loaded: LoadedStack) => Promise<readonly { stack: string; images: RuntimeImages }[]>,
    ): Promise<StackQuestion> {
        const facts = await readStackFacts(this.project, stack);
        const { proof } = parseOwnOutputs(facts.outputs, stack);
        const { pins, heldBack } = agreePins(await read(facts.loaded), proof);
        const counts = (runtime: string) => this.counts(stack, runtime);
        return { facts, pins, heldBack, counts, now: this.now() };
    }

    /** Whether an agent of the stack, or of one behind it, has the runtime; a stack whose files cannot be read may have any. */
    private counts(stack: string, runtime: string): boolean {
        const members = this.chain.rings.flat();
        const behind = new Set([stack]);
        for (const each of behind) {
            members.find((member) => member.stack === each)?.readBy.forEach((next) => behind.add(next));
        }
        return [...behind].some((each) => this.usedBy(each)?.has(runtime) !== false);
    }

    private usedBy(stack: string): ReadonlySet<string> | undefined {
        if (!this.used.has(stack)) {
            this.used.set(stack, findUsed(this.project, stack));
        }
        return this.used.get(stack);
    }
}

function findUsed(project: string, stack: string): ReadonlySet<string> | undefined {
    try {
        const { orgs } = loadNamedStack(project, stack);
        return new Set(orgs.flatMap((org) => agentsOf(org).map(({ runtime }) => runtime)));
    } catch (error) {
        if (error instanceof MendableError) {
            return undefined;
        }
        throw error;
    }
}
