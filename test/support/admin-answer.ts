// An admin API that gives one answer to whatever it is asked, and remembers the questions.
// Must not know what is asked.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

/** `questions` grows: METHOD PATH BODY of each request, with its token. */
export async function adminThatAnswers(
  t: TestContext,
  answer: AdminAnswer,
): Promise<{ readonly admin: string; readonly questions: readonly string[] }> {
  const questions: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    questions.push(`${request.method} ${request.url} ${body} ${request.headers.authorization}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  // A server that listens on an address has a port.
  const { port } = server.address() as AddressInfo;
  return { admin: `http://127.0.0.1:${port}`, questions };
}
