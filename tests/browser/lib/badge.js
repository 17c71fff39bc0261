// @ts-check
// An Open Badge as a stranger checks it: with Node's own cryptography and what the issuer serves, nothing of ours.
import { createHash, createPublicKey, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";

/** @param {string} url */
async function text(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}

/** What a compact JWS says, when its signature is that of the key its `kid` leads to; else null. @param {string} jws */
export async function checked(jws) {
  const [header, payload, signature] = jws.split(".");
  const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString());
  if (alg !== "RS256") throw new Error(`signed by ${alg}`);
  const key = createPublicKey({ key: JSON.parse(await text(kid)), format: "jwk" });
  const good = verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
  return good ? JSON.parse(Buffer.from(payload, "base64url").toString()) : null;
}

/** Whether a badge was taken back, by its status list. @param {any} badge */
export async function isRevoked(badge) {
  const { statusListCredential, statusListIndex } = badge.credentialStatus;
  const list = await checked(await text(statusListCredential));
  if (list?.issuer !== badge.issuer.id) throw new Error("the list is not the issuer's");
  const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), "base64url"));
  const index = Number(statusListIndex);
  return (bits[index >> 3] & (0x80 >> (index & 7))) !== 0;
}

/** Whether a badge is of whoever has this address. @param {any} badge @param {string} email */
export function isOf(badge, email) {
  return badge.credentialSubject.identifier.some(
    /** @param {any} identity */ ({ identityHash, salt }) =>
      identityHash === `sha256$${createHash("sha256").update(email.toLowerCase() + salt).digest("hex")}`,
  );
}
