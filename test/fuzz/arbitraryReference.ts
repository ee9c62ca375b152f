import fc from "fast-check";

const hex = (length: number) =>
    fc.string({
        unit: fc.constantFrom(...Array.from("0123456789abcdef")),
        minLength: length,
        maxLength: length,
    });

/** Pieces that references are made of, good and bad ones. */
const piece = fc.oneof(
    fc.constantFrom(
        ...Array.from("/:@.-_[]+ AZaz09"),
        "//",
        "__",
        "___",
        "--",
        "..",
        "localhost",
        "docker.io",
        "index.docker.io",
        "ghcr.io",
        "library/",
        "nginx",
        "latest",
        "sha256:",
        "sha512:",
        "SHA256:",
        "md5:",
        "[::1]",
        "[2001:db8::1]:5000",
        ":5000",
        "${TAG}",
        "https://",
        "\n",
        "\t",
        "é",
        "\u0000",
        "%",
        "$",
    ),
    fc.string({ maxLength: 5 }),
    hex(7),
    hex(64),
);

/** A reference put together by the grammar: nearly always valid. */
const grammatical = fc
    .tuple(
        fc.option(
            fc.constantFrom(
                "docker.io",
                "ghcr.io",
                "localhost",
                "localhost:5000",
                "a.b:1",
                "[::1]:5000",
                "HOST",
                "index.docker.io",
                "a-b.c",
            ),
            { nil: undefined },
        ),
        fc.array(fc.constantFrom("a", "nginx", "a__b", "a-b", "a---b", "a.b_c", "0", "library"), {
            minLength: 1,
            maxLength: 4,
        }),
        fc.option(fc.constantFrom("latest", "v1.2.3", "_a", "A-._", "x".repeat(128), "x".repeat(129)), {
            nil: undefined,
        }),
        fc.option(
            fc.oneof(
                hex(64).map((digits) => `sha256:${digits}`),
                hex(96).map((digits) => `sha384:${digits}`),
                hex(128).map((digits) => `sha512:${digits}`),
                hex(63).map((digits) => `sha256:${digits}`),
                hex(40).map((digits) => `sha1:${digits}`),
            ),
            { nil: undefined },
        ),
    )
    .map(
        ([registry, path, tag, digest]) =>
            (registry === undefined ? "" : `${registry}/`) +
            path.join("/") +
            (tag === undefined ? "" : `:${tag}`) +
            (digest === undefined ? "" : `@${digest}`),
    );

/** A valid reference with one character changed, left out or put in. */
const damaged = fc
    .tuple(grammatical, fc.nat(), piece, fc.constantFrom("insert", "replace", "remove"))
    .map(([text, at, change, how]) => {
        const index = at % (text.length + 1);
        const end = how === "insert" ? index : index + 1;
        return text.slice(0, index) + (how === "remove" ? "" : change) + text.slice(end);
    });

/** References of every sort: valid, nearly valid, and nonsense. */
export const arbitraryReference: fc.Arbitrary<string> = fc.oneof(
    { weight: 3, arbitrary: grammatical },
    { weight: 4, arbitrary: damaged },
    { weight: 3, arbitrary: fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
