// An OpenID Connect provider (npm oidc-provider) on loopback, for as long as its standard input is open.
// CONFIG: {port, redirectUri, accounts: {login: claims}, algorithm, inIdToken}
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const config = JSON.parse(process.env.CONFIG);
const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};
const { privateKey } = generateKeyPairSync(...kinds[config.algorithm]);
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: config.algorithm };

const provider = new Provider(`http://127.0.0.1:${config.port}`, {
  clients: [
    {
      client_id: 'waymark',
      client_secret: 'a secret: of 32 characters+more/&%',
      redirect_uris: [config.redirectUri],
      id_token_signed_response_alg: config.algorithm,
    },
    {
      client_id: 'waymark-public',
      token_endpoint_auth_method: 'none',
      redirect_uris: [config.redirectUri],
      id_token_signed_response_alg: config.algorithm,
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['only for tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: !config.inIdToken,
  pkce: { required: () => true },
  async findAccount(_context, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...config.accounts[id] }) };
  },
});
const server = provider.listen(config.port, '127.0.0.1', () => console.log('listening'));
process.stdin.resume().on('end', () => {
  server.closeAllConnections();
  server.close();
});
