// Where the server is, and tokens from its development sign-in. With keys of your own: `npx parlance token --sub 1`.
export const url = process.env.PARLANCE_URL ?? 'http://localhost:8000';

export async function signIn(id, name, role = 'USER') {
  if (process.env.PARLANCE_TOKEN) return process.env.PARLANCE_TOKEN;
  const response = await fetch(`${url}/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, name, role }),
  }).catch(() => {
    throw new Error(`No server answers at ${url}. Start it with "npm start", or say in PARLANCE_URL where it is.`);
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer.token;
}
