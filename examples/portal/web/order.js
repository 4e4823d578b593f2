import { ask } from "./auth.js";
import { element } from "./dom.js";

export async function view(go, id) {
  const order = await ask(`/shop/orders/${encodeURIComponent(id)}`);
  const facts = [["Item", order.item], ["Quantity", String(order.quantity)]];
  return [
    element("h1", {}, "Order"),
    element("section", {}, element("dl", {}, facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))))),
    element("p", {}, element("code", {}, order.id)),
    element("p", {}, element("a", { href: "/orders" }, "All orders")),
  ];
}
