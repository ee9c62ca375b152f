/** The text of a file, or why it has none. */
export type Decoded = { readonly text: string } | { readonly trouble: string };

/**
 * Reads bytes as text: UTF-8, or the encoding of their byte order mark. Without a mark, every second byte being zero at the
 * beginning tells UTF-16, as the YAML specification has it (https://yaml.org/spec/1.2.2/#52-character-encodings).
 */
export function decodeText(bytes: Uint8Array): Decoded {
    const encoding = encodingOf(bytes);
    try {
        return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
    } catch {
        return { trouble: `is not text in ${encoding.toUpperCase()}` };
    }
}

function encodingOf([first, second, third, fourth]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
    if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0 && third !== 0 && fourth === 0)) {
        return "utf-16le";
    }
    if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && third === 0 && fourth !== 0)) {
        return "utf-16be";
    }
    return "utf-8";
}
