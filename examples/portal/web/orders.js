import { ask } from "./auth.js";
import { element, table } from "./dom.js";

export async function view(go) {
  const { orders } = await ask("/shop/orders");
  const rows = orders.map(each => [element("a", { href: `/orders/${each.id}` }, each.item), String(each.quantity), element("code", {}, each.id)]);
  const list = rows.length ? table("What was ordered", ["Item", "Quantity", "Order"], rows, [1]) : element("p", {}, "Nothing was ordered yet.");
  return [element("h1", {}, "Orders"), element("section", {}, list), element("section", {}, element("h2", {}, "Place an order"), form(go))];
}

function form(go) {
  const problem = element("p", { role: "alert", class: "bad" });
  const button = element("button", {}, "Place it");
  const send = async event => {
    event.preventDefault();
    const given = new FormData(event.target);
    button.disabled = true;
    problem.textContent = "";
    try {
      const body = JSON.stringify({ item: given.get("item"), quantity: Number(given.get("quantity")) });
      const order = await ask("/shop/orders", { method: "POST", body, headers: { "content-type": "application/json" } });
      go(`/orders/${order.id}`);
    } catch (error) {
      problem.textContent = error.message;
      button.disabled = false;
    }
  };
  return element("form", { onsubmit: send },
    element("label", {}, "Item", element("input", { name: "item", required: true, maxlength: 100 })),
    element("label", {}, "Quantity", element("input", { name: "quantity", type: "number", min: 1, max: 1000000, value: 1, required: true })),
    button, problem);
}
