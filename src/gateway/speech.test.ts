import { describe, expect, test, vi } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { plainPackaging } from '../../test/harness/links.ts';
import type { Message } from '../core/model.ts';
import { dialects } from '../dialects/index.ts';
import { Run } from './run.ts';
import { relations, Speech, silentVoice, Utterance, voiceOf } from './speech.ts';

const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: plainPackaging })));

function said(position: number, more: Partial<Message> = {}): Utterance {
  const sender = person('ann');
  const message = { id: position, conversationId: 'c', ordinal: 1, sender, text: 'Hi', at: 5, ...more };
  const event = { type: 'MessageSent', conversationId: 'c', message, actorId: 'ann' } as const;
  return new Utterance({ event, at: 5, position }, position, speech);
}

describe('who hears what they have not joined', () => {
  test('is whom the tables name, those who have not spoken included', () => {
    expect(speech.memberVoices).toBe(voiceOf.kenz | voiceOf.support | voiceOf.direct | silentVoice);
    expect(speech.rowsOf('PresenceChanged').acquaintanceVoices).toBe(voiceOf.messaging);
    expect(speech.rowsOf('MessageSent').acquaintanceVoices).toBe(0);
  });

  test('is also a dialect that begins to tell members', () => {
    const [rooms] = dialects.filter(({ name }) => name === 'rooms');
    const rows = rooms?.outbound.MessageSent;
    if (!rooms || !rows || rows === 'silent') throw new Error('Rooms hear messages.');
    const outbound = { ...rooms.outbound, MessageSent: rows.map((row) => ({ ...row, to: 'members' as const })) };
    const other = new Speech([{ dialect: { ...rooms, outbound }, packaging: plainPackaging }]);
    expect(other.memberVoices).toBe(voiceOf.rooms);
  });
});

describe('the words of what is said', () => {
  test('are the same ones where they are asked for by themselves, and made once', () => {
    const utterance = said(7);
    const stringify = vi.spyOn(JSON, 'stringify');
    const text = utterance.textAs(voiceOf.kenz, 'receive_message');
    const packets: string[] = [];
    utterance.packetsInto(packets, voiceOf.kenz | relations.member);
    expect(stringify).toHaveBeenCalledOnce();
    stringify.mockRestore();
    expect(JSON.parse(text ?? '')).toMatchObject({ id: 7, message: 'Hi' });
    expect(packets).toEqual([`receive_message ${text}`]);
  });

  test('are none where the dialect has no event of that name, or nothing to say of it', () => {
    expect(said(7).textAs(voiceOf.direct, 'receive_message')).toBeUndefined();
    expect(said(7, { deletedAt: 6 }).textAs(voiceOf.kenz, 'receive_message')).toBeUndefined();
  });

  test('are found in a run by their place in the log', () => {
    const run = new Run(relations.joined, 0);
    const [first, second] = [said(7), said(9)];
    run.add(first);
    run.add(second);
    expect([7, 8, 9].map((position) => run.at(position))).toEqual([first, undefined, second]);
    run.done();
    expect(run.at(7)).toBeUndefined();
  });
});
