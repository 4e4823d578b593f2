import { element } from "./dom.js";

export async function view() {
  return [
    element("h1", {}, "The shop at a glance"),
    element("section", {}, element("h2", {}, "Orders"), element("p", {}, "What was ordered, and placing an order."),
      element("a", { href: "/orders" }, "See the orders")),
    element("section", {}, element("h2", {}, "Reports"), element("p", {}, "Sums of the sales, made when somebody asks for them."),
      element("a", { href: "/reports" }, "Start a report")),
  ];
}
