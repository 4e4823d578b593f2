import { ask } from "./auth.js";
import { element, euros, table } from "./dom.js";

const SECONDS = 2;

export async function view(go, id) {
  const place = element("div", { "aria-live": "polite" });
  const follow = async () => {
    const run = await ask(`/sums/reports/${encodeURIComponent(id)}`);
    place.replaceChildren(...shown(run));
    if (run.status === "RUNNING") setTimeout(() => place.isConnected && follow().catch(error => place.replaceChildren(element("p", { class: "bad" }, error.message))), SECONDS * 1000);
  };
  await follow();
  return [element("h1", {}, "Report"), place, element("p", {}, element("code", {}, id))];
}

function shown(run) {
  if (run.status === "RUNNING") return [element("p", { role: "status" }, "The report is being made …")];
  if (run.status !== "SUCCEEDED") return [element("p", { class: "bad" }, `The report was not made: ${run.why ?? run.status}`)];
  const { summary } = run;
  const facts = [["Net", euros(summary.totals.net_cents)], ["Sales", summary.totals.sales.toLocaleString("en")], ["Shops", String(summary.shops)]];
  const regions = Object.entries(summary.by_region).map(([name, each]) => [name, each.sales.toLocaleString("en"), euros(each.net_cents)]);
  return [
    element("section", {}, element("h2", {}, summary.title),
      element("dl", {}, facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))))),
    element("section", {}, table("By region", ["Region", "Sales", "Net"], regions, [1, 2])),
  ];
}
