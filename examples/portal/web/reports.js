import { ask } from "./auth.js";
import { element } from "./dom.js";

export async function view(go) {
  await ask("/sums/reports"); // whoever may not is asked to sign in before anything is filled in
  const problem = element("p", { role: "alert", class: "bad" });
  const button = element("button", {}, "Start the report");
  const send = async event => {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value));
    button.disabled = true;
    problem.textContent = "";
    try {
      const run = await ask("/sums/reports", { method: "POST", body: JSON.stringify(given), headers: { "content-type": "application/json" } });
      go(`/reports/${run.id}`);
    } catch (error) {
      problem.textContent = error.message;
      button.disabled = false;
    }
  };
  return [
    element("h1", {}, "Reports"),
    element("section", {}, element("h2", {}, "Sums of the sales"),
      element("form", { onsubmit: send },
        element("label", {}, "Title", element("input", { name: "report", required: true, maxlength: 80, value: "Sales" })),
        element("label", {}, "Region, if only one", element("input", { name: "region", maxlength: 80 })),
        button, problem)),
  ];
}
