import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { ChatClient } from './client.ts';
import { clearScene, closeScene, enter, house, openScene } from './client-scene.ts';

beforeAll(() => openScene());
afterEach(clearScene);
afterAll(closeScene);

test('notifications of the application arrive, and are read once', async () => {
  const ann = await enter('21');
  const body = { userId: '21', title: 'Kettle', message: 'It boils', type: 'kettle' };
  await house.call('POST', '/api/v1/notifications', 'host', body);
  const [notification] = await until(
    () => (ann.notifications.get().length > 0 ? ann.notifications.get() : undefined),
    () => 'not notified',
  );
  expect(notification).toMatchObject({ title: 'Kettle', isRead: false });
  await ann.readNotification(notification?.id ?? '');
  expect((await enter('21')).notifications.get()).toMatchObject([{ isRead: true }]);
});

test('a token that is not let in is refused in words, and not tried for ever', async () => {
  await expect(ChatClient.connect({ address: house.address, token: () => 'nonsense' })).rejects.toMatchObject({
    status: 401,
  });
});

test('a session that is revoked ends, and says so', async () => {
  const ann = await enter('31');
  await house.call('POST', '/api/v1/users/31/revoke', 'host');
  await until(
    () => ann.connection.get().is === 'refused',
    () => JSON.stringify(ann.connection.get()),
  );
});
