/** Returns the server of an address (scheme, host and port), or the text itself while it is no valid address. */
export function serverOf(address: string): string {
  return URL.canParse(address.trim()) ? new URL(address.trim()).origin : address.trim();
}
