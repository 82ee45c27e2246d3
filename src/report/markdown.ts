/** A text as one cell of a Markdown table: nothing in it becomes markup, a link, or another cell. */
export function cell(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F]+/g, ' ').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/[\\`*_[\]|#!~@]/g, '\\$&');
}
