import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What collects this process's heap fully, and holds it up meanwhile; however Node was started. */
export function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
