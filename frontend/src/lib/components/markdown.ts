/**
 * Markdown as a small tree that components can render. It never becomes HTML: markup inside the
 * text stays text. Only `http(s)`, `mailto` and root-relative links remain links. Pure.
 *
 * @module
 */
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'strong' | 'em' | 'del'; readonly content: readonly Inline[] }
  | { readonly type: 'link'; readonly href: string; readonly content: readonly Inline[] }
  | { readonly type: 'break' };

type Align = 'left' | 'center' | 'right' | null;
type Cells = readonly (readonly Inline[])[];

export type Block =
  | { readonly type: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | {
    readonly type: 'list';
    /** First number; null for an unordered list. */
    readonly start: number | null;
    readonly items: readonly (readonly Block[])[];
  }
  | {
    readonly type: 'table';
    readonly align: readonly Align[];
    readonly head: Cells;
    readonly rows: readonly Cells[];
  }
  | { readonly type: 'rule' };

export function parseMarkdown(text: string): Block[] {
  return blocksOf(lexer(text, { gfm: true }));
}

const blocksOf = (tokens: readonly Token[]) => (tokens as MarkedToken[]).flatMap(blockOf);

function blockOf(token: MarkedToken): Block[] {
  switch (token.type) {
    case 'heading':
      return [{ type: 'heading', level: token.depth, content: inlinesOf(token.tokens) }];
    case 'paragraph':
    case 'text':
      return [{ type: 'paragraph', content: inlinesOf(token.tokens ?? [token]) }];
    case 'code':
      return [{ type: 'code', text: token.text }];
    case 'blockquote':
      return [{ type: 'quote', blocks: blocksOf(token.tokens ?? []) }];
    case 'list':
      return [listOf(token)];
    case 'table':
      return [tableOf(token)];
    case 'hr':
      return [{ type: 'rule' }];
    case 'html':
      return [{ type: 'paragraph', content: [{ type: 'text', text: token.raw.trim() }] }];
    default:
      return [];
  }
}

const listOf = ({ ordered, start, items }: Tokens.List): Block => ({
  type: 'list',
  start: ordered ? Number(start) || 1 : null,
  items: items.map(({ tokens }) => blocksOf(tokens)),
});

const tableOf = ({ align, header, rows }: Tokens.Table): Block => ({
  type: 'table',
  align,
  head: cellsOf(header),
  rows: rows.map(cellsOf),
});

const cellsOf = (cells: readonly Tokens.TableCell[]): Cells =>
  cells.map(({ tokens }) => inlinesOf(tokens));

const inlinesOf = (tokens: readonly Token[]) => (tokens as MarkedToken[]).flatMap(inlineOf);

function inlineOf(token: MarkedToken): Inline[] {
  switch (token.type) {
    case 'text':
      return token.tokens ? inlinesOf(token.tokens) : [{ type: 'text', text: token.text }];
    case 'escape':
      return [{ type: 'text', text: token.text }];
    case 'codespan':
      return [{ type: 'code', text: token.text }];
    case 'strong':
    case 'em':
    case 'del':
      return [{ type: token.type, content: inlinesOf(token.tokens ?? []) }];
    case 'link':
      return linkOf(token);
    case 'image':
      return [{ type: 'text', text: token.text }];
    case 'br':
      return [{ type: 'break' }];
    case 'html':
      return [{ type: 'text', text: token.raw }];
    default:
      return [];
  }
}

/** Keeps a bare URL as text; only a bracketed link with an allowed target becomes a link. */
function linkOf({ href, raw, tokens }: Tokens.Link): Inline[] {
  const content = inlinesOf(tokens);
  const isMeant = raw.startsWith('[') && /^(https?:\/\/|mailto:|\/(?!\/))/i.test(href);
  return isMeant ? [{ type: 'link', href, content }] : content;
}
