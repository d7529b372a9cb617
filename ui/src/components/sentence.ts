/**
 * A message of the app as the beginning of a sentence: with a capital letter, unless it begins with a name, an id or a
 * path, which stay as they are.
 */
export function sentence(message: string): string {
  return /^[a-z]+(?=[ ,]|$)/.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
}
