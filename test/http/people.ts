import { type HttpAnswer, type OpenHouse, openHouse, type Settings } from '../harness/house.ts';

/** Users of a whole server who call it over HTTP; each test has its own, so that all can share one server. */

type Calls = {
  get(path: string): Promise<HttpAnswer>;
  post(path: string, body?: unknown): Promise<HttpAnswer>;
  put(path: string, body: unknown): Promise<HttpAnswer>;
  patch(path: string, body: unknown): Promise<HttpAnswer>;
  remove(path: string): Promise<HttpAnswer>;
};

export type Person = Calls & {
  readonly id: string;
  readonly token: string;
  /** Sends a message that must be accepted; its id. */
  say(conversationId: string, text: string): Promise<string>;
};

export type People = AsyncDisposable & {
  readonly house: OpenHouse;
  readonly host: Calls;
  /** People by their names, with ids that nobody else has. */
  cast<N extends string>(...names: readonly N[]): Promise<{ readonly [P in N]: Person }>;
  /** Like {@link cast}, with a role. */
  admin(name: string): Person;
  /** A conversation made by the first of these with the others; its id. */
  create(kind: string, creator: Person, ...others: readonly Person[]): Promise<string>;
};

let last = 0;

export async function people(settings: Settings = {}): Promise<People> {
  const house = await openHouse({ EVENT_BURST: '10000', ...settings });
  const callsOf = (caller: 'host' | { token: string }): Calls => ({
    get: (path) => house.call('GET', `/api/v1${path}`, caller),
    post: (path, body) => house.call('POST', `/api/v1${path}`, caller, body),
    put: (path, body) => house.call('PUT', `/api/v1${path}`, caller, body),
    patch: (path, body) => house.call('PATCH', `/api/v1${path}`, caller, body),
    remove: (path) => house.call('DELETE', `/api/v1${path}`, caller),
  });
  const person = (name: string, role: string): Person => {
    const id = `${name}-${++last}`;
    const token = house.token({ sub: id, name, role });
    const calls = callsOf({ token });
    return {
      id,
      token,
      ...calls,
      async say(conversationId, text) {
        const { status, json } = await calls.post(`/conversations/${conversationId}/messages`, { text });
        if (status !== 201) throw new Error(`should have been said: ${JSON.stringify(json)}`);
        return (json as { id: string }).id;
      },
    };
  };
  return {
    house,
    host: callsOf('host'),
    async cast<N extends string>(...names: readonly N[]) {
      const all = Object.fromEntries(names.map((name) => [name, person(name, 'USER')])) as { [P in N]: Person };
      // Who has called once is known by name.
      await Promise.all(names.map((name) => all[name].get('/me')));
      return all;
    },
    admin: (name) => person(name, 'ADMIN'),
    async create(kind, creator, ...others) {
      const { status, json } = await creator.post('/conversations', { kind, members: others.map(({ id }) => id) });
      if (status !== 201) throw new Error(`should have been created: ${JSON.stringify(json)}`);
      return (json as { id: string }).id;
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}
