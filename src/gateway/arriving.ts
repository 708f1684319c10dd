import type { Position } from '../core/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Admitted } from './admission.ts';
import { Connection } from './connection.ts';
import { muteVoice, silentVoice, voiceOf } from './speech.ts';
import type { Handshake, Link, Packaging } from './transport.ts';

/** How a connection begins: what it speaks at first, and what it brings from the session that it goes on with. */

/** What a mount knows of those who come in by it. */
export type Entered = {
  readonly mount: Dialect['mount'];
  /** The dialects of the mount. */
  readonly spoken: readonly Dialect[];
  readonly packaging: Packaging;
  readonly baseUrl: string;
  readonly tokenLeewayMs: number;
};

let lastBaseUrl = '';

/** The address by which a client reached the server. Most connections are made to the same place, and share its name. */
export function addressedAs({ isSecure, host = 'localhost' }: Handshake): string {
  const baseUrl = `${isSecure ? 'https' : 'http'}://${host}`;
  if (baseUrl !== lastBaseUrl) lastBaseUrl = baseUrl;
  return lastBaseUrl;
}

/** The connection, and the dialect that it is taken to speak until it says otherwise. Nothing hears of it yet. */
export function connectionOf(
  { mount, spoken, packaging, baseUrl, tokenLeewayMs }: Entered,
  { authenticated, online, handshake, session }: Admitted,
  link: Link,
): { readonly connection: Connection; readonly first: Dialect } {
  const { user, issuedAtSeconds, expiresAtSeconds } = authenticated;
  const hinted = spoken.find((dialect) => dialect.name === handshake.dialect);
  const only = spoken.length === 1 ? spoken[0] : undefined;
  const first = hinted ?? only ?? spoken[0];
  if (!first) throw new Error(`No dialect is spoken at ${mount}.`);
  const connection = new Connection({
    user,
    online,
    link,
    packaging,
    baseUrl,
    address: handshake.address,
    namespace: mount,
    sessionId: session?.id,
    issuedAtSeconds,
    expiresAtMs: expiresAtSeconds === undefined ? undefined : expiresAtSeconds * 1000 + tokenLeewayMs,
    voice: hinted || only ? voiceOf[first.name] : silentVoice,
    lastSpoken: first,
  });
  connection.hasSpoken = hinted !== undefined || only !== undefined;
  if (session) connection.sessionSavedAt = session.savedAt;
  return { connection, first };
}

/** The session goes on with what it heard, and hears nothing new before it has heard what it missed. */
export function continueSession(
  connection: Connection,
  spoken: readonly Dialect[],
  from: Position,
  { row, beside }: NonNullable<Admitted['session']>,
): void {
  connection.isLive = false;
  for (const former of connection.online.connections) {
    // Its transport may not be known to be lost yet; what it knows of the session is out of date from now on.
    if (former.sessionId === connection.sessionId) former.sessionSavedAt = Number.POSITIVE_INFINITY;
  }
  for (const { conversationId, from: joinedFrom } of row?.joined ?? []) {
    connection.joined.set(conversationId, joinedFrom);
    connection.remembered.set(conversationId, joinedFrom);
  }
  for (const { joined } of beside) {
    for (const { conversationId, from: joinedFrom } of joined) {
      connection.joined.set(conversationId, joinedFrom);
      connection.remembered.addBeside(conversationId, joinedFrom);
    }
  }
  connection.resumed = { from, joined: new Set(connection.joined.keys()), synced: new Set(), replayed: 0 };
  for (const dialect of spoken) if (row?.voices.includes(dialect.name)) connection.speak(dialect);
}

/**
 * A client of the 2.x line opens the shared namespace beside `/chat` without being asked to: nobody listens there. The one that
 * was open and is mute from now on, if there is one.
 */
export function muteSibling(connection: Connection): Connection | undefined {
  if (connection.link.canResume) return undefined;
  const siblings = connection.online.connections.filter(({ link }) => link.carrier === connection.link.carrier);
  if (connection.namespace === '/') {
    // The two are admitted at the same time, and this one may be let in last.
    if (siblings.length > 0 && !connection.hasSpoken) connection.voice = muteVoice;
    return undefined;
  }
  const sibling = siblings.find(({ hasSpoken }) => !hasSpoken);
  if (sibling) sibling.voice = muteVoice;
  return sibling;
}
