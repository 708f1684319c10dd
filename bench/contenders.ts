import { type Protocol, protocols } from './load/protocols.ts';
import { mosquitto as mosquittoProgram } from './peers/mosquitto.ts';
import type { RecipeName } from './servers.ts';

/** A server and the protocol in which it is spoken to. */
export type Contender = {
  readonly title: string;
  readonly recipe: RecipeName;
  readonly protocol: Protocol;
  /** A program without which the contender is left out. */
  readonly needs?: string;
};

export const bareSocketIo: Contender = { title: 'bare Socket.IO', recipe: 'socketIo', protocol: protocols.socketIo };
export const recovering: Contender = {
  title: 'Socket.IO with recovery',
  recipe: 'socketIoRecovery',
  protocol: protocols.socketIo,
};
export const bareWs: Contender = { title: 'bare ws', recipe: 'ws', protocol: protocols.ws };
/** Lets everybody in, and nothing more. */
export const bareUpgrade: Contender = { title: 'bare upgrade', recipe: 'upgrade', protocol: protocols.ws };
/** As MQTT 3.1.1 at QoS 0: no token, no id, no answer but one's own message. */
export const mosquitto: Contender = {
  title: 'mosquitto',
  recipe: 'mosquitto',
  protocol: protocols.mqtt,
  needs: mosquittoProgram,
};
export const nestjs: Contender = { title: 'NestJS stack', recipe: 'nestjs', protocol: protocols.socketIo };
export const nestjsWal: Contender = {
  title: 'NestJS stack, WAL + FULL',
  recipe: 'nestjsWal',
  protocol: protocols.socketIo,
};

const parlance = (dialect: 'kenz' | 'support' | 'messaging' | 'direct' | 'rooms'): Contender => ({
  title: `Parlance ${dialect}`,
  recipe: 'parlance',
  protocol: protocols[dialect],
});

export const kenz = parlance('kenz');
export const support = parlance('support');
export const messaging = parlance('messaging');
export const direct = parlance('direct');
export const rooms = parlance('rooms');
/** As an operator sets it who would rather spend milliseconds than CPU. */
export const messagingFarCommits: Contender = {
  title: 'Parlance messaging, commits up to 10 ms apart',
  recipe: 'parlanceFarCommits',
  protocol: protocols.messaging,
};
