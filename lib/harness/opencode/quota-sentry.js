// Written by quota-sentry install-hook, and taken away by uninstall-hook. What follows has the SHA-256 CHECKSUM
//
// OpenCode loads this when it starts, and waits for it before each request to a model. While the quota is
// open it reads a file or two and starts nothing; while it is spent a child waits, and OpenCode for it. It
// throws only where the user has asked for a denial.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";

const GIVEN = {};

/** What OpenCode calls a title that it makes beside a turn, with a small model. */
const UNHELD_AGENT = "title";

/** How often it is looked whether a child has begun to wait, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** What is signed in, by provider: a key has no windows. */
function logins() {
  try {
    const data = process.env.XDG_DATA_HOME || `${process.env.HOME}/.local/share`;
    return JSON.parse(
      process.env.OPENCODE_AUTH_CONTENT || readFileSync(`${data}/opencode/auth.json`, "utf8"),
    );
  } catch {
    return {};
  }
}

function isSignedIn(provider) {
  return logins()?.[provider]?.type === "oauth";
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  try {
    return !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, ""));
  } catch {
    // There is no /proc on macOS.
    return true;
  }
}

/** Nobody is to be held, and a daemon watches: that is all. The gate says by its time how long that holds. */
function isOpen({ state }) {
  try {
    const gate = `${state}/quota-sentry.gate`;
    const [word, daemon] = readFileSync(gate, "utf8").trim().split(/\s+/);
    return /^(open|near|unknown)$/.test(word) && /^[1-9]\d*$/.test(daemon) &&
      isAlive(Number(daemon)) && statSync(gate).mtimeMs > Date.now();
  } catch {
    return false;
  }
}

/** Starts the script in front of the program, or that where the user wants none. */
function start({ state }, args, options) {
  if (GIVEN.script === null) {
    return spawn(GIVEN.program, [...args, `--state-dir=${state}`], options);
  }
  const quoted = `'${state.replaceAll("'", "'\\''")}'`;
  const script = GIVEN.script.replace("state=STATE", () => `state=${quoted}`);
  return spawn("/bin/sh", ["-c", script, "quota-sentry-hook", ...args], options);
}

/** Starts the daemon, and waits for nothing. */
function startDaemon(account) {
  try {
    const child = start(account, ["start", "--quiet", ...account.startArguments], {
      stdio: "ignore",
      detached: true,
    });
    child.on("error", () => {});
    child.unref();
  } catch {
    // An unknown quota stops nobody.
  }
}

/** Until when a child waits; undefined while it does not. */
function heldUntil({ state }, pid) {
  try {
    for (const name of readdirSync(`${state}/queue`)) {
      if (!name.endsWith(".place")) continue;
      const [owner, , until] = readFileSync(`${state}/queue/${name}`, "utf8").trim().split(" ");
      if (Number(owner) === pid) return new Date(until);
    }
  } catch {
    // There is no queue yet.
  }
}

export const QuotaSentry = ({ client }) => {
  /** The children that wait, and whose they are. */
  const waiting = new Map();

  const say = (message, variant) => {
    try {
      const body = { title: "Quota Sentry", message, variant, duration: 15_000 };
      Promise.resolve(client.tui.showToast({ body })).catch(() => {});
    } catch {
      // Nobody looks.
    }
  };

  const end = (isMeant) => {
    for (const [child, session] of waiting) {
      if (!isMeant(session)) continue;
      waiting.delete(child);
      child.kill("SIGTERM");
    }
  };

  /** What is said when a child has ended: nothing, unless the request is to be denied. */
  const answerOf = (account, session) =>
    new Promise((resolve) => {
      // A line on the terminal would be in the middle of the screen.
      const quiet = process.argv.includes("run") ? [] : ["--no-notify"];
      const args = ["guard", "--on=request", ...quiet, ...account.guardArguments];
      const child = start(account, args, { stdio: ["pipe", "pipe", "ignore"] });
      waiting.set(child, session);
      let text = "";
      let until;
      const timer = setInterval(() => {
        until = heldUntil(account, child.pid);
        if (until === undefined) return;
        clearInterval(timer);
        const time = until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
        say(`Waiting for the quota to reset, until ${time}. Esc Esc ends the turn.`, "warning");
      }, LOOK_EVERY_MS);
      const ended = () => {
        clearInterval(timer);
        // Nobody is told of a wait that was ended with its turn.
        if (waiting.delete(child) && until !== undefined) say("The wait is over.", "info");
        resolve(text);
      };
      child.on("error", ended);
      child.on("close", ended);
      child.stdin.on("error", () => {});
      child.stdout.on("data", (data) => {
        if (text.length < 65_536) text += data;
      });
      child.stdin.end(JSON.stringify({ session_id: session, hook_event_name: "chat.params" }));
    });

  for (const [provider, account] of Object.entries(GIVEN.accounts)) {
    if (!isOpen(account) && isSignedIn(provider)) startDaemon(account);
  }
  process.on("exit", () => end(() => true));

  return {
    "chat.params": async ({ sessionID, agent, provider, model }) => {
      let denial;
      try {
        const id = provider?.info?.id ?? provider?.id ?? model?.providerID;
        const account = Object.hasOwn(GIVEN.accounts, id) ? GIVEN.accounts[id] : undefined;
        if (!account || agent === UNHELD_AGENT || isOpen(account) || !isSignedIn(id)) return;
        const answer = JSON.parse(await answerOf(account, String(sessionID)) || "{}");
        if (answer.decision === "block") denial = String(answer.reason);
      } catch {
        // Whatever it was, it must not stop the agent.
      }
      if (denial !== undefined) throw new Error(denial);
    },
    event: ({ event }) => {
      try {
        const { error, sessionID } = event.properties;
        if (event.type !== "session.error" || error?.name !== "MessageAbortedError") return;
        end((session) => session === sessionID);
      } catch {
        // An event of another form.
      }
    },
  };
};
