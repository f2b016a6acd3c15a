// GitHub's MCP server as a client meets it first: JSON-RPC 2.0 over one POST. It offers no tools.
import { json } from './answers.ts';
import type { Call } from './call.ts';
import type { Answer } from './exchange.ts';
import { readJsonObject } from './fields.ts';

export function answerMcp({ body }: Call): Answer {
  const { id, method, params } = readJsonObject(body);
  // A notification has no id and gets no result.
  if (id === undefined) return { kind: 'whole', status: 202, headers: [], body: '' };
  const result = resultOf(String(method), params);
  if (result === null)
    return json(200, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
  return json(200, { jsonrpc: '2.0', id, result });
}

function resultOf(method: string, params: unknown): Readonly<Record<string, unknown>> | null {
  switch (method) {
    case 'initialize': {
      const asked =
        typeof params === 'object' && params !== null && 'protocolVersion' in params
          ? params.protocolVersion
          : null;
      return {
        protocolVersion: typeof asked === 'string' ? asked : '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'github-mcp-server', version: 'simulated' },
      };
    }
    case 'tools/list':
      return { tools: [] };
    case 'resources/list':
      return { resources: [] };
    case 'prompts/list':
      return { prompts: [] };
    case 'ping':
      return {};
    default:
      return null;
  }
}
