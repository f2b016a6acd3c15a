// What the simulated Copilot says, in the shapes of its three interfaces. Must not know HTTP or who asks.
import type { StreamEvent } from './event-stream.ts';

type Json = Readonly<Record<string, unknown>>;

/** Said in every chat, one word per event. */
export const CHAT_WORDS = ['The ', 'simulated ', 'Copilot ', 'answers ', 'word ', 'by ', 'word.'] as const;

const REPLY = CHAT_WORDS.join('');
const USAGE = { prompt_tokens: 7, completion_tokens: CHAT_WORDS.length, total_tokens: 7 + CHAT_WORDS.length };
const CREATED = 1_767_225_600;

export const MODELS: readonly Json[] = [
  modelJson('gpt-4.1', 'chat'),
  modelJson('gpt-4o', 'chat'),
  modelJson('gpt-4o-mini', 'chat'),
  modelJson('gpt-41-copilot', 'completion'),
];

export function chatAnswer(model: string): Json {
  const message = { role: 'assistant', content: REPLY };
  const choices = [{ index: 0, finish_reason: 'stop', message }];
  return {
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: CREATED,
    model: model || 'gpt-4o',
    choices,
    usage: USAGE,
  };
}

/** One event per word, one that ends the choice, and `[DONE]`. */
export function chatEvents(model: string): StreamEvent[] {
  const chunk = (delta: Json, finish: string | null): StreamEvent => ({
    event: null,
    data: {
      id: 'chatcmpl-simulated',
      object: 'chat.completion.chunk',
      created: CREATED,
      model: model || 'gpt-4o',
      choices: [{ index: 0, delta, finish_reason: finish }],
    },
  });
  const words = CHAT_WORDS.map((content, at) =>
    chunk(at === 0 ? { role: 'assistant', content } : { content }, null),
  );
  return [...words, chunk({}, 'stop'), { event: null, data: '[DONE]' }];
}

export function responseAnswer(model: string): Json {
  const content = [{ type: 'output_text', text: REPLY, annotations: [] }];
  return {
    id: 'resp_simulated',
    object: 'response',
    created_at: CREATED,
    status: 'completed',
    model: model || 'gpt-4.1',
    output: [{ id: 'msg_simulated', type: 'message', role: 'assistant', status: 'completed', content }],
    usage: { input_tokens: 7, output_tokens: CHAT_WORDS.length, total_tokens: USAGE.total_tokens },
  };
}

/** `response.created`, a delta per word, `response.completed`; over WebSocket the data alone is sent. */
export function responseEvents(model: string): StreamEvent[] {
  const event = (type: string, rest: Json, sequence_number: number): StreamEvent => ({
    event: type,
    data: { type, sequence_number, ...rest },
  });
  const answer = responseAnswer(model);
  const deltas = CHAT_WORDS.map((delta, at) =>
    event(
      'response.output_text.delta',
      { item_id: 'msg_simulated', output_index: 0, content_index: 0, delta },
      at + 1,
    ),
  );
  return [
    event('response.created', { response: { ...answer, status: 'in_progress', output: [] } }, 0),
    ...deltas,
    event('response.completed', { response: answer }, CHAT_WORDS.length + 1),
  ];
}

/** An inline completion: the sum, if the prompt is a function that adds, else a comment. */
export function completionEvents(prompt: string, model: string): StreamEvent[] {
  const text = /def\s+add\s*\(\s*a\s*,\s*b\s*\)\s*:\s*$/.test(prompt)
    ? ['\n', '    return ', 'a + b']
    : ['# from the ', 'simulated ', 'Copilot'];
  const chunk = (part: string, finish: string | null): StreamEvent => ({
    event: null,
    data: {
      id: 'cmpl-simulated',
      object: 'text_completion',
      created: CREATED,
      model,
      choices: [{ index: 0, text: part, logprobs: null, finish_reason: finish }],
    },
  });
  return [...text.map((part) => chunk(part, null)), chunk('', 'stop'), { event: null, data: '[DONE]' }];
}

function modelJson(id: string, type: 'chat' | 'completion'): Json {
  return {
    id,
    name: id,
    object: 'model',
    vendor: 'Azure OpenAI',
    version: id,
    preview: false,
    model_picker_enabled: type === 'chat',
    is_chat_default: id === 'gpt-4.1',
    is_chat_fallback: id === 'gpt-4.1',
    supported_endpoints: ['/chat/completions', '/responses', 'ws:/responses'],
    capabilities: {
      object: 'model_capabilities',
      family: id,
      type,
      tokenizer: 'o200k_base',
      limits: { max_context_window_tokens: 128_000, max_prompt_tokens: 64_000, max_output_tokens: 4096 },
      supports: { streaming: true, tool_calls: true, parallel_tool_calls: true },
    },
  };
}
