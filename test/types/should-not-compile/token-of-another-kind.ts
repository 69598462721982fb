import { AccessToken, type IdentityToken } from '../../../shared/tokens.ts';

export function useAsIdentityToken(token: IdentityToken): number {
  return token.length;
}

// expect TS2345: an access token proves nobody's identity
useAsIdentityToken(new AccessToken('ya29.x'));
