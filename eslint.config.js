import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Time, randomness and the process belong to one file each; everything else is handed them. */
const handedIn = [
  { object: 'Date', property: 'now', message: 'Take a Clock (src/core/clock.ts).' },
  { object: 'performance', property: 'now', message: 'Take a Clock (src/core/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take a Random (src/core/random.ts).' },
  { object: 'process', property: 'env', message: 'Only src/cli/ reads the environment.' },
  { object: 'process', property: 'exit', message: 'Set process.exitCode in src/cli/main.ts.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'reports/', 'test-results/', 'playwright-report/'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    ignores: ['src/core/clock.ts', 'src/core/random.ts', 'src/cli/**', 'src/sim/page/**', 'src/browser/page/**', 'src/report/dashboard/page/**', 'src/sim/media/worker.ts', 'src/native/media/worker.ts'],
    rules: {
      'no-restricted-properties': ['error', ...handedIn],
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'Take a Clock.' }, { name: 'setInterval', message: 'Take a Clock.' }],
      'no-console': 'error',
    },
  },
  { files: ['src/sim/page/**', 'src/browser/page/**', 'src/report/dashboard/page/**'], languageOptions: { globals: { ...globals.browser } } },
);
