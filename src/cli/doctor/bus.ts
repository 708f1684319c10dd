import { broken, doubtful, type Finding, well, wordsOf } from './finding.ts';

/** Whether nodes would hear each other. */
export async function examineBus(databaseUrl: string, redisUrl: string | undefined): Promise<readonly Finding[]> {
  const { notifyPostgres, pingRedis } = await import('../../bus/examine.ts');
  const doorbell = await attempt(
    () => notifyPostgres(databaseUrl),
    well('bus', 'a notification of PostgreSQL is heard'),
    (words) =>
      broken(
        'bus',
        `no notification of PostgreSQL is heard: ${words}`,
        'Connect directly, or through a pooler that keeps sessions apart: one that shares connections loses notifications.',
      ),
  );
  if (redisUrl === undefined) return [doorbell];
  const redis = await attempt(
    () => pingRedis(redisUrl),
    well('bus', 'Redis answers'),
    (words) =>
      doubtful(
        'bus',
        `Redis does not answer: ${words}`,
        'Check REDIS_URL and Redis. Nothing is lost meanwhile; nodes hear each other later.',
      ),
  );
  return [doorbell, redis];
}

async function attempt(
  work: () => Promise<void>,
  success: Finding,
  failure: (words: string) => Finding,
): Promise<Finding> {
  try {
    await work();
    return success;
  } catch (error) {
    return failure(wordsOf(error));
  }
}
