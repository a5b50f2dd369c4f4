/** The few names of socket.io-client that the page uses; written for Peridot, not part of the package. */
export interface Socket {
  connected: boolean;
  on(event: string, listener: (...args: any[]) => void): this;
  emit(event: string, body: unknown): this;
  io: { on(event: string, listener: (...args: any[]) => void): void };
  disconnect(): this;
}
export function io(uri: string, options?: Record<string, unknown>): Socket;
