// For the theme's developer: what is wrong with the page or the gateway, each sentence once.

const said = new Set<string>();

export function complain(sentence: string): void {
  if (said.has(sentence)) return;
  said.add(sentence);
  console.error(`<try-it-on>: ${sentence}`);
}
