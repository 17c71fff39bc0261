// @ts-check
// One server for all specs that do not kill theirs; workers learn its address by environment.
import { Server } from "./server.js";

export default async function globalSetup() {
  const server = await Server.prepare();
  await server.start();
  process.env.PERCORSO_URL = server.url;
  return () => server.discard();
}
