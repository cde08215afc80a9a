import { SCENARIOS } from "./scenarios.ts";
import { codexTest } from "./session.ts";

for (const { name, run } of SCENARIOS) codexTest(name, run);
