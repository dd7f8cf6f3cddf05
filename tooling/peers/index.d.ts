/** An environment of Python packages, or why there is none. */
export type PythonPeer =
  | { readonly python: string; readonly skip?: undefined }
  | { readonly python?: undefined; readonly skip: string };

/**
 * Interpreter of the environment `tooling/python/NAME/requirements.txt`, as `npm run peers` makes it
 * in `.peers/NAME`.
 */
export function pythonPeer(name: string): PythonPeer;

/** Makes the environment unless it is there; resolves to what `pythonPeer` then says. */
export function makePythonPeer(name: string): Promise<PythonPeer>;
