/** The server of an address: its scheme, host and port. What is no address yet stands for itself. */
export function serverOf(address: string): string {
  return URL.canParse(address.trim()) ? new URL(address.trim()).origin : address.trim();
}
