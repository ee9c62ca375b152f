// What the engine's Node loads before either program (`nodeargs` of Pulumi.yaml): half of what a preview of a small stack took was tsx
// reading these packages. The SDK's instrumentation wants to be loaded before whatever it traces.
import { startTypeScript } from "../lib/system/startTypeScript.mjs";

await startTypeScript([
    "@pulumi/pulumi/cmd/run/instrumentation.js",
    "@pulumi/pulumi",
    "@kubernetes/client-node",
]);
