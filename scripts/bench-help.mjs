// What `npm run bench:NAME -- --help` prints: what a benchmark measures and its options, read from its source, without running or building anything.

/** The first comment says what is measured, on lines of its own or on one. */
function aboutOf(source) {
  const [, text = ''] = /\/\*\*(.*?)\*\//s.exec(source) ?? [];
  return text.replaceAll(/^\s*\* ?/gm, '').trim();
}

/** Options by their names, in the order of the source: numbers have what is usual, others take a value or none. */
function optionsOf(source) {
  const numbers = [...source.matchAll(/\boption\('([a-z-]+)', ([^)]+)\)/g)].map(([, name, usual]) => [name, ` N (default ${defaultOf(source, usual)})`]);
  const others = [...source.matchAll(/process\.argv\.(includes|indexOf)\('--([a-z-]+)'\)/g)].map(([, , name]) => [name, source.includes(`process.argv.indexOf('--${name}')`) ? ' VALUE' : '']);
  return new Map([...numbers, ...others]);
}

/** A number as it stands, or the constant that holds it. */
function defaultOf(source, usual) {
  const text = /^\w+$/.test(usual) ? (new RegExp(`^const ${usual} = ([\\d_]+);`, 'm').exec(source)?.[1] ?? usual) : usual;
  return text.replaceAll('_', '');
}

export function benchHelp(name, source) {
  const options = [...optionsOf(source)].map(([option, rest]) => `  --${option}${rest}`);
  return [`npm run ${name === 'soak' ? 'soak' : `bench:${name}`} -- [options]`, '', aboutOf(source), '', ...(options.length === 0 ? ['It has no options.'] : ['Options:', ...options]), ''].join('\n');
}
