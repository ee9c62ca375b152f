import { processIo, type CommandIo } from "../../lib/system/commandIo";

/** What a command is given in a test: it prints nowhere, and has the real time and signals, besides what the test gives. */
export function testIo(given: Partial<CommandIo> = {}): CommandIo {
    const nowhere = () => undefined;
    return { ...processIo(), out: nowhere, err: nowhere, pass: nowhere, summarize: nowhere, ...given };
}
