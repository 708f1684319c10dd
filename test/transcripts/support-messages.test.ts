import { describe } from 'vitest';
import { text, the, timeOf } from '../harness/match.ts';
import {
  asks,
  calls,
  connects,
  frame,
  hears,
  hearsInAnyOrder,
  isAnswered,
  says,
  transcript,
} from '../harness/transcript.ts';
import { adaAsSender, annAsSender, bothThere, chatId, comesOrGoes, message, sent } from './support.ts';

describe('support: messages', () => {
  transcript('the documents’ way: joining and speaking in one breath', [
    connects('ann', 'support'),
    asks('ann', 'joinChat', chatId),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Help' } }),
    says('ann', 'typing', { chatId, isTyping: true }),
    hears('ann', 'joinedChat', { chatId, messages: [] }),
    isAnswered('ann', 'joinChat', { event: 'joinedChat', data: { chatId, messages: [] } }),
    ...sent('ann', [], message('help', 'Help')),
  ]);

  transcript('an admin’s first message takes the chat up; everybody in it hears both', [
    ...bothThere,
    asks('ann', 'sendMessage', { chatId, message: { text: 'Help' } }),
    ...sent('ann', ['ada'], message('help', 'Help')),
    asks('ada', 'sendMessage', { chatId, message: { text: 'How?' } }),
    hears(['ann', 'ada'], 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    ...sent('ada', ['ann'], message('how', 'How?', adaAsSender)),
    asks('ada', 'sendMessage', { chatId, message: { text: 'Well?' } }),
    ...sent('ada', ['ann'], message('well', 'Well?', adaAsSender)),
  ]);

  transcript('the flat form says the same', [
    connects('ann', 'support'),
    asks('ann', 'sendMessage', { chatId, text: 'Help' }),
    ...sent('ann', [], message('help', 'Help')),
    asks('ann', 'sendMessage', { chatId, text: 'Again', replyToId: the('help') }),
    ...sent(
      'ann',
      [],
      message('again', 'Again', annAsSender, { replyToId: the('help'), replyTo: message('help', 'Help') }),
    ),
  ]);

  transcript('sending enters: the sending connection hears the chat from then on', [
    connects('ann', 'support'),
    connects('ann/tablet', 'support', { auth: { dialect: 'support' } }),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Help' } }),
    ...sent('ann', [], message('help', 'Help')),
    connects('ada', 'support'),
    asks('ada', 'sendMessage', { chatId, message: { text: 'How?' } }),
    hearsInAnyOrder(
      'ann',
      frame('participantUpdate', comesOrGoes(9, 'joined', 'ada comes')),
      frame('chatStatusChanged', { chatId, status: 'ACTIVE' }),
      frame('newMessage', message('how', 'How?', adaAsSender)),
    ),
    // Whoever is a party to it hears of the status on every connection that speaks support.
    hears(['ann/tablet', 'ada'], 'chatStatusChanged', { chatId, status: 'ACTIVE' }),
    ...sent('ada', [], message('how', 'How?', adaAsSender)),
  ]);

  transcript('an answer quotes the message that it answers, one level deep', [
    connects('ann', 'support'),
    asks('ann', 'sendMessage', { chatId, message: { text: 'One' } }),
    ...sent('ann', [], message('one', 'One')),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Two', replyToId: the('one') } }),
    ...sent('ann', [], message('two', 'Two', annAsSender, { replyToId: the('one'), replyTo: message('one', 'One') })),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Three', replyToId: the('two') } }),
    ...sent(
      'ann',
      [],
      message('three', 'Three', annAsSender, {
        replyToId: the('two'),
        replyTo: message('two', 'Two', annAsSender, { replyToId: the('one') }),
      }),
    ),
    says('ann', 'sendMessage', { chatId, message: { text: 'Nobody', replyToId: '999999' } }),
    hears('ann', 'error', /not found/),
    asks('ann', 'sendMessage', { chatId, message: { text: 'A placeholder', replyToId: 'message-id' } }),
    ...sent('ann', [], message('placeholder', 'A placeholder')),
    asks('ann', 'sendMessage', { chatId, message: { text: 'None', replyToId: null, fileId: null } }),
    ...sent('ann', [], message('none', 'None')),
  ]);

  const form = new FormData();
  form.append('file', new File([Buffer.from('89504e470d0a1a0a0000', 'hex')], 'cups.png', { type: 'image/png' }));
  transcript('a file that was uploaded is sent by its id, with or without a text', [
    calls('ann', 'POST /api/v1/files', form, 201, {
      id: text('file'),
      url: text('address'),
      type: 'image/png',
      name: 'cups.png',
      size: 10,
    }),
    connects('ann', 'support'),
    asks('ann', 'sendMessage', { chatId, message: { text: 'Look', fileId: text('file') } }),
    ...sent('ann', [], message('look', 'Look', annAsSender, { fileUrl: text('address') })),
    says('ann', 'sendMessage', { chatId, message: { fileId: text('file') } }),
    hearsInAnyOrder(
      'ann',
      frame('newMessage', {
        id: the('file'),
        chatId,
        senderId: 1,
        fileUrl: text('address'),
        createdAt: timeOf('file'),
        sender: annAsSender,
      }),
      frame('messageSent', {
        id: the('file'),
        chatId,
        senderId: 1,
        fileUrl: text('address'),
        createdAt: timeOf('file'),
        sender: annAsSender,
      }),
    ),
    says('ann', 'sendMessage', { chatId, message: { fileId: 'no-file' } }),
    hears('ann', 'error', /[Ff]ile not found/),
    connects('ada', 'support'),
    says('ada', 'sendMessage', { chatId, message: { fileId: text('file') } }),
    hears('ada', 'error', /[Ff]ile not found/),
  ]);

  transcript('ids that are no integers are strings, also of users', [
    connects('dan', 'support'),
    asks('dan', 'sendMessage', { chatId, message: { text: 'Hi' } }),
    ...sent('dan', [], message('hi', 'Hi', { id: 'dan-uuid', email: '', role: 'USER' } as { id: string })),
  ]);

  transcript('the same clientMessageId says a thing once', [
    ...bothThere,
    asks('ann', 'sendMessage', { chatId, message: { text: 'Once', clientMessageId: 'c1' } }),
    ...sent('ann', ['ada'], message('once', 'Once')),
    asks('ann', 'sendMessage', { chatId, clientMessageId: 'c1', message: { text: 'Twice' } }),
    hears('ann', 'messageSent', message('once', 'Once')),
    isAnswered('ann', 'sendMessage', { event: 'messageSent', data: message('once', 'Once') }),
    says('ann', 'sendMessage', { chatId, message: { text: 'Thrice', metadata: { clientMessageId: 'c1' } } }),
    hears('ann', 'newMessage', message('once', 'Once')),
    hears('ann', 'messageSent', message('once', 'Once')),
  ]);
});
