import type { Readable } from "node:stream";
import { confirm, isCancel, multiselect, select } from "@clack/prompts";
import type { Output } from "../terminal/output.ts";
import { type Answers, type Questions, usualAnswers } from "./answers.ts";
import { PromptScreen } from "./prompt_screen.ts";

/**
 * Asks on the terminal: three questions at the most, each with an answer that Enter takes.
 *
 * @param input Where the keys come from; stdin, unless another is given.
 * @returns undefined when the user has had enough (Ctrl-C or Esc).
 */
export async function ask(
  questions: Questions,
  output: Output,
  write: (text: string) => void,
  input?: Readable,
): Promise<Answers | undefined> {
  const common = { input, output: new PromptScreen(output, write), accessible: false };
  let answers = usualAnswers(questions);
  const { whose } = questions;
  if (questions.homes.length > 1) {
    const homes = await multiselect({
      ...common,
      message: `Which ${whose === undefined ? "" : `${whose} `}homes are to be protected?`,
      options: questions.homes.map((label, value) => ({ label, value })),
      initialValues: [...answers.homes],
      required: true,
    });
    if (isCancel(homes)) return undefined;
    answers = { ...answers, homes };
  }
  if (questions.asksWeekly) {
    const weekly = await select({
      ...common,
      message: `What is to happen when ${questions.weeklyPercent}% of the weekly window is used?`,
      options: [
        { value: "advisory", label: "warn me, and let agents go on" },
        { value: "hold", label: "hold agents until it resets, which can take days" },
      ],
      initialValue: "advisory",
    });
    if (isCancel(weekly)) return undefined;
    answers = { ...answers, holdsWeekly: weekly === "hold" };
  }
  if (questions.asksLogin) {
    const startsAtLogin = await confirm({
      ...common,
      message: "Start the daemon at each login? If not, the first session does.",
      initialValue: false,
    });
    if (isCancel(startsAtLogin)) return undefined;
    answers = { ...answers, startsAtLogin };
  }
  return answers;
}
