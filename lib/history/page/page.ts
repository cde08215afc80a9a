import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import { formatTimestamp } from "../../text/timestamp.ts";
import { eventJson, readingJson } from "../json.ts";
import type { Past } from "../open.ts";
import style from "./page.css" with { type: "text" };
import script from "./page.js" with { type: "text" };

/** What a page shows. */
export interface PageOptions {
  /** Whose quota it is, by the name that users know. */
  readonly name: string;
  readonly past: Past;
  readonly from: Date;
  readonly to: Date;
  /** How things stand now, as `status` says it. */
  readonly now: readonly string[];
}

/** A page with a chart of each window, which asks nobody for anything. Pure. */
export function historyPage({ name, past, from, to, now }: PageOptions): string {
  const data = {
    from: formatTimestamp(from),
    to: formatTimestamp(to),
    readings: past.readings.map(readingJson),
    events: past.events.map(eventJson),
  };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Quota Sentry: history</title>
<style>${uplotStyle}${style}</style>
<h1>${forHtml(name)} quota, ${data.from} to ${data.to}</h1>
<h2>At ${data.to}</h2>
<pre>${forHtml(now.join("\n"))}</pre>
<p><span class="hold"></span> agents were held &nbsp; <span class="reset"></span> the window reset</p>
<main id="charts"></main>
<script type="application/json" id="data">${forScript(JSON.stringify(data))}</script>
<script>${uplot}</script>
<script>${script}</script>
</html>
`;
}

function forHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** JSON that no text in it can end, or turn into a comment. */
function forScript(json: string): string {
  return json.replaceAll("<", "\\u003c");
}
