import * as fs from "node:fs";

const CHUNK_BYTES = 65_536;
/** Milliseconds until a pipe that had nothing is asked again. */
const PAUSE_MS = 20;

/**
 * Standard input, whole. A pipe may have been made non-blocking by whoever shares it, and then answers EAGAIN as long as the one who
 * writes is still at work: that is waited for.
 *
 * @throws the system's error where it cannot be read
 */
export function readStdin(): Buffer {
    const chunks: Buffer[] = [];
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
        const read = readChunk(buffer);
        if (read === 0) {
            return Buffer.concat(chunks);
        }
        chunks.push(Buffer.from(buffer.subarray(0, read)));
    }
}

function readChunk(buffer: Buffer): number {
    for (;;) {
        try {
            return fs.readSync(0, buffer);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
                throw error;
            }
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
        }
    }
}
