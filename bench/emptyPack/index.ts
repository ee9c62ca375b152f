import { PolicyPack } from "@pulumi/policy";

new PolicyPack("empty", { enforcementLevel: "mandatory", policies: [] });
