// Draws the page that `history --html` writes; uPlot stands before it.
const { readings, events, from, to } = JSON.parse(document.getElementById("data").textContent);
const seconds = (time) => Date.parse(time) / 1000;
/** The daemon keeps a reading an hour at least: where there is none for longer, nothing is known. */
const GAP_SECONDS = 7500;
const dark = matchMedia("(prefers-color-scheme: dark)");
const keyOf = (window) => (window.extra ? `window "${window.id}"` : window.class);
const NAMES = {
  fiveHour: "5-hour window",
  weekly: "Weekly window",
  shortTerm: "Short window",
  longTerm: "Long window",
  unknown: "Window of unknown length",
};

/** The times at which a window was read, and what was used; null where nothing is known. */
function seriesOf(key) {
  const [times, used] = [[], []];
  for (const { at, windows } of readings) {
    const window = windows.find((each) => keyOf(each) === key);
    if (!window) continue;
    const time = seconds(at);
    if (times.length > 0 && time - times.at(-1) > GAP_SECONDS) {
      times.push(times.at(-1) + 1);
      used.push(null);
    }
    times.push(time);
    used.push(window.usedPercent);
  }
  return [times, used];
}

/** Stretches in which somebody was held. */
function holds() {
  const begun = new Map();
  const spans = [];
  for (const { event, at, pid, seconds: held } of events) {
    if (event === "hold") begun.set(pid, seconds(at));
    else if (event === "release") {
      const end = seconds(at);
      spans.push([begun.get(pid) ?? end - (held ?? 0), end]);
      begun.delete(pid);
    }
  }
  for (const start of begun.values()) spans.push([start, seconds(to)]);
  return spans;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** Marks holds as bands, and resets as lines. */
function marks(key) {
  return {
    hooks: {
      drawClear: (chart) => {
        const colour = colours();
        const { ctx, bbox } = chart;
        const x = (time) => chart.valToPos(time, "x", true);
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.fillStyle = colour("--hold");
        for (const [start, end] of holds()) {
          ctx.fillRect(x(start), bbox.top, Math.max(1, x(end) - x(start)), bbox.height);
        }
        ctx.strokeStyle = colour("--reset");
        ctx.setLineDash([4, 4]);
        for (const { event, at, window } of events) {
          if (event !== "reset" || (window !== key && `window "${window}"` !== key)) continue;
          ctx.beginPath();
          ctx.moveTo(x(seconds(at)), bbox.top);
          ctx.lineTo(x(seconds(at)), bbox.top + bbox.height);
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

const charts = document.getElementById("charts");
const width = () => Math.max(300, charts.clientWidth);

function draw() {
  charts.replaceChildren();
  const keys = [...new Set(readings.flatMap(({ windows }) => windows.map(keyOf)))];
  if (keys.length === 0) {
    const nothing = document.createElement("p");
    nothing.textContent = "Nothing was read in this time.";
    charts.append(nothing);
  }
  const colour = colours();
  const axis = { stroke: colour("--text"), grid: { stroke: colour("--grid") } };
  return keys.map((key) => {
    const section = document.createElement("section");
    const title = document.createElement("h2");
    title.textContent = NAMES[key] ?? key;
    section.append(title);
    charts.append(section);
    return new uPlot(
      {
        width: width(),
        height: 260,
        plugins: [marks(key)],
        scales: { x: { range: [seconds(from), seconds(to)] }, y: { range: [0, 100] } },
        axes: [axis, { ...axis, values: (_, all) => all.map((each) => `${each}%`) }],
        series: [{}, {
          label: "used",
          stroke: colour("--line"),
          fill: colour("--fill"),
          paths: uPlot.paths.stepped({ align: 1 }),
          value: (_, value) => (value === null ? "–" : `${value}%`),
        }],
      },
      seriesOf(key),
      section,
    );
  });
}

let drawn = draw();
addEventListener("resize", () => {
  for (const chart of drawn) chart.setSize({ width: width(), height: 260 });
});
dark.addEventListener("change", () => {
  drawn = draw();
});
