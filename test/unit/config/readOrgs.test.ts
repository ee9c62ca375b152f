import assert from "node:assert/strict";
import * as fs from "node:fs";
import { ConfigError } from "../../../lib/text/configError";
import { findOrgs, readOrgs } from "../../../config/readOrgs";
import { OrgsDirectory, sampleOrg } from "../../support/orgsDirectory";
import { parseYaml } from "../../../config/parseYaml";

describe("readOrgs", () => {
    let checkout: OrgsDirectory;
    beforeEach(() => {
        checkout = new OrgsDirectory();
        fs.mkdirSync(`${checkout.root}/orgs/dev`, { recursive: true });
    });
    afterEach(() => {
        checkout.remove();
    });

    const problems = (directory = "orgs/dev") => findOrgs(directory, checkout.root).problems;
    const slugs = () => readOrgs("orgs/dev", checkout.root).map(({ slug }) => slug);

    it("reads every org, sorted by slug, and passes over what is there for people", () => {
        checkout.write("orgs/dev/b.yaml", sampleOrg("b"));
        checkout.write("orgs/dev/a.yml", sampleOrg("a"));
        checkout.write("orgs/dev/README.md", "# Orgs");
        checkout.write("orgs/dev/.gitkeep", "");
        checkout.write("orgs/dev/a.yml~", "slug: old");
        checkout.write("orgs/dev/.a.yml.swp", "vim's");
        fs.symlinkSync("ann@laptop.4711:1", `${checkout.root}/orgs/dev/.#b.yaml`);
        assert.deepEqual(slugs(), ["a", "b"]);
    });

    it("refuses a hidden org file, which would be an org that nobody sees missing", () => {
        checkout.write("orgs/dev/.acme.yaml", sampleOrg("acme"));
        assert.deepEqual(problems(), [
            "orgs/dev/.acme.yaml: is hidden; expected a name without a dot at its beginning, or another place for it",
        ]);
    });

    it("takes an empty directory for no orgs", () => {
        assert.deepEqual(slugs(), []);
    });

    it("reports all problems of all files in one error, with file, path and value", () => {
        checkout.write(
            "orgs/dev/a.yaml",
            sampleOrg("a", { agents: [{ name: "A_1", runtime: "x", replicas: -1 }] }),
        );
        checkout.write("orgs/dev/b.yaml", sampleOrg("b", { quotas: {} }));
        checkout.write("orgs/dev/c.yaml", "slug: [");
        checkout.write("orgs/dev/d.yaml", sampleOrg("d"));
        assert.throws(
            () => readOrgs("orgs/dev", checkout.root),
            (error) => {
                assert.ok(error instanceof ConfigError);
                const [first, second, third, ...more] = error.problems;
                assert.equal(
                    first,
                    'orgs/dev/a.yaml: agents[0].name: "A_1": expected a DNS label: a-z, 0-9 and "-", not "-" at either end',
                );
                assert.equal(second, "orgs/dev/a.yaml: agents[0].replicas: -1: expected 0 to 50");
                assert.equal(third, 'orgs/dev/b.yaml: quotas: unknown key "quotas"');
                assert.ok(more.length > 0 && more.every((line) => line.startsWith("orgs/dev/c.yaml:1:")));
                assert.match(
                    error.message,
                    new RegExp(
                        `^${error.problems.length} problems in the configuration, nothing was changed:\n`,
                    ),
                );
                return true;
            },
        );
    });

    it("finds the same slug in two files, and names both", () => {
        checkout.write("orgs/dev/acme.yaml", sampleOrg("acme"));
        checkout.write("orgs/dev/acme.yml", sampleOrg("acme"));
        assert.deepEqual(problems(), [
            'orgs/dev/acme.yml: slug: "acme": orgs/dev/acme.yaml has this slug too; expected each slug once',
        ]);
    });

    it("refuses a slug that is not its file's name", () => {
        checkout.write("orgs/dev/acme.yaml", sampleOrg("globex"));
        assert.deepEqual(problems(), [
            'orgs/dev/acme.yaml: slug: "globex": expected the file\'s name, "acme"',
        ]);
    });

    it("refuses an empty file, and one with comments only", () => {
        checkout.write("orgs/dev/a.yaml", "");
        checkout.write("orgs/dev/b.yaml", "# later\n");
        assert.deepEqual(
            problems().map((line) => line.slice(0, line.indexOf(": Invalid"))),
            ["a", "b"].map((name) => `orgs/dev/${name}.yaml: (the whole document): null`),
        );
    });

    it("refuses directories, links, sockets' like and other endings, instead of passing over an org", () => {
        checkout.write("orgs/dev/nested/a.yaml", sampleOrg("a"));
        checkout.write("elsewhere.yaml", sampleOrg("b"));
        checkout.link("../../elsewhere.yaml", "orgs/dev/b.yaml");
        checkout.link("/nowhere", "orgs/dev/c.yaml");
        checkout.write("orgs/dev/d.json", JSON.stringify(sampleOrg("d")));
        checkout.write("orgs/dev/e.yaml.bak", sampleOrg("e"));
        assert.deepEqual(
            problems().map((line) => line.replace(/;.*/, "")),
            [
                "orgs/dev/b.yaml: is not a regular file",
                "orgs/dev/c.yaml: is not a regular file",
                'orgs/dev/d.json: expected a name that ends in ".yaml"',
                'orgs/dev/e.yaml.bak: expected a name that ends in ".yaml"',
                "orgs/dev/nested: is not a regular file",
            ],
        );
    });

    it("refuses a huge file unread", () => {
        checkout.write("orgs/dev/a.yaml", `# ${"x".repeat(256 * 1024)}\nslug: a\n`);
        assert.match(
            problems()[0] ?? "",
            /^orgs\/dev\/a\.yaml: has 2621\d\d bytes, expected at most 262144$/,
        );
    });

    describe("the directory's path", () => {
        beforeEach(() => {
            checkout.write("orgs/dev/a.yaml", sampleOrg("a"));
            checkout.link("dev", "orgs/linked");
            checkout.link("/", "orgs/outside");
        });

        for (const directory of ["orgs/dev", "orgs/dev/", "./orgs/../orgs/dev"]) {
            it(`may be written "${directory}"`, () => {
                assert.deepEqual(problems(directory), []);
            });
        }

        const refused: [string, RegExp][] = [
            ["..", /expected a directory inside the project, such as "orgs\/prod"/],
            ["../../etc", /inside the project/],
            ["orgs/../../x", /inside the project/],
            ["/etc", /inside the project/],
            ["orgs/linked", /expected a directory, not a link to one/],
            ["orgs/outside/etc", /expected a directory/],
            ["orgs/missing", /expected a directory with one YAML file per org \(ENOENT\)/],
            ["orgs/dev/a.yaml", /expected a directory with one YAML file per org \(ENOTDIR\)/],
            ["orgs/dev\0", /expected a directory/],
        ];
        for (const [directory, message] of refused) {
            it(`is refused as ${JSON.stringify(directory)}`, () => {
                const [problem, ...more] = problems(directory);
                assert.match(problem ?? "", message);
                assert.ok(problem?.startsWith(`orgs: ${JSON.stringify(directory)}: `), problem);
                assert.deepEqual(more, []);
            });
        }
    });
});

describe("parseYaml", () => {
    const value = (text: string) => {
        const parsed = parseYaml(text, "a.yaml");
        return parsed.ok ? parsed.value : assert.fail(parsed.problems.join("\n"));
    };
    const refused = (text: string) => {
        const parsed = parseYaml(text, "a.yaml");
        return parsed.ok ? assert.fail("expected it to be refused") : parsed.problems;
    };

    it("resolves anchors within reason", () => {
        assert.deepEqual(value("a: &limits { cpu: 1 }\nb: *limits\n"), { a: { cpu: 1 }, b: { cpu: 1 } });
    });

    it("takes a day without quotes for text, as YAML 1.2 has it", () => {
        assert.deepEqual(value("expires: 2026-12-31\nanswer: no\n"), { expires: "2026-12-31", answer: "no" });
    });

    it("stops at aliases that unfold to gigabytes", () => {
        const names = "abcdefghij".split("");
        const bomb = names.map((name, i) => {
            const before = names[i - 1];
            return `${name}: &${name} [${before === undefined ? "lol" : Array(10).fill(`*${before}`).join(", ")}]`;
        });
        assert.match(refused(bomb.join("\n"))[0] ?? "", /^a\.yaml: Excessive alias count/);
    });

    it("survives what is nested too deeply, with few lines about it", () => {
        assert.ok(refused("[".repeat(20_000)).length <= 10);
    });

    const cases: [string, string, RegExp][] = [
        ["custom tags", "a: !!js/function 'x'", /^a\.yaml:1:4: Unresolved tag$/],
        ["local tags", "a: !include /etc/passwd", /^a\.yaml:1:4: Unresolved tag$/],
        ["duplicate keys", "a: 1\na: 2", /^a\.yaml:2:1: Map keys must be unique/],
        ["several documents", "a: 1\n---\na: 2", /^a\.yaml:2:1: a second document starts here/],
        ["broken text", "a: 'x", /^a\.yaml:1:\d+: Missing closing/],
        ["aliases without an anchor", "a: *b", /^a\.yaml: Unresolved alias/],
        ["tabs for indentation", "a:\n\tb: 1", /^a\.yaml:2:1: /],
        [
            "the key __proto__",
            "a: 1\n__proto__: { b: 1 }",
            /^a\.yaml:2:1: the key "__proto__" is not allowed$/,
        ],
        [
            "the key __proto__ at any depth",
            "a: { env: { __proto__: x } }",
            /^a\.yaml:1:13: the key "__proto__"/,
        ],
    ];
    for (const [what, text, message] of cases) {
        it(`refuses ${what}, with the line`, () => {
            assert.match(refused(text)[0] ?? "", message);
        });
    }

    for (const written of [
        "*hunter2",
        "!hunter2 x",
        "&hunter2* y",
        "|-hunter2",
        "%hunter2",
        "@hunter2",
        '"hunter2',
    ]) {
        it(`does not echo a credential that is no YAML: ${written}`, () => {
            assert.doesNotMatch(refused(`env:\n  API_KEY: ${written}\n  x: y: z`).join("\n"), /hunter2/);
        });
    }
});
