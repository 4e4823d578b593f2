/* The search's worker: that of the theme, which breaks words at "-" and finds hundreds of rules for the code of one.
   What was asked for by name comes first: the rule whose code is in the question, and the section about a command. */
const rules = new Map();
const sections = [];
const answer = self.postMessage.bind(self);
let asked = "";

const named = () => {
  const code = /(?:naws-)?([a-z]+-\d{3})\b/.exec(asked);
  if (code) return rules.get(`naws-${code[1]}`);
  const command = /^(?:naws )?([a-z]+)$/.exec(asked);
  if (!command) return undefined;
  // Of the sections that show the command, the one that has most to say about it.
  const count = (each, words) => each.text.split(new RegExp(`\\b${words}\\b`)).length - 1;
  const mentions = each => (count(each, `naws ${command[1]}`) ? count(each, command[1]) : 0);
  return sections.reduce((best, each) => (mentions(each) > (best ? mentions(best) : 0) ? each : best), undefined);
};

addEventListener("message", ({ data: { type, data } }) => {
  if (type === 2) asked = data.trim().toLowerCase();
  if (type !== 0) return;
  for (const each of data.docs) {
    const code = /#(naws-[a-z]+-\d+)$/.exec(each.location);
    if (code) rules.set(code[1], each);
    if (each.location.startsWith("concepts/operate/#")) sections.push(each);
  }
});

self.postMessage = message => {
  const first = message.type === 3 && named();
  if (first) message.data.items.unshift([{ ...first, score: Number.MAX_VALUE, terms: {} }]);
  answer(message);
};

importScripts(THEME);
