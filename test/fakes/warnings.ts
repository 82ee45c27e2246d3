/** How often Node warns of too many listeners while `work` goes on. */
export async function listenerWarnings(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const onWarning = ({ name }: Error): void => {
    if (name === 'MaxListenersExceededWarning') count++;
  };
  process.on('warning', onWarning);
  try {
    await work();
    // It warns in a tick of its own.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', onWarning);
  }
  return count;
}
