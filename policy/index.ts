import { PolicyPack } from "@pulumi/policy";
import { allRules } from "./allRules";
import { toPulumiPolicy } from "./toPulumiPolicy";

// Constructing a pack starts its server, so this is the only place that does; tests import the rules, never this file.
new PolicyPack("image-policy", {
    enforcementLevel: "mandatory",
    policies: allRules.map(toPulumiPolicy),
});
