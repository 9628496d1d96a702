// What the build turns into modules: style sheets as text.
declare module '*.css' {
  const text: string;
  export default text;
}
