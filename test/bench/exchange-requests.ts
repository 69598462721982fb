/**
 * Exchanges as bytes on the wire, made before anything is measured.
 */

import {
  encodeForm,
  FORM_MEDIA_TYPE,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_PATH,
  TOKEN_TYPES,
} from '../../shared/protocol.ts';
import { postRequest } from './keep-alive-connection.ts';

/** @param scope absent: the scopes of the grant */
export function exchangeRequest(identityToken: string, scope?: string): Buffer {
  const body = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: identityToken,
    subject_token_type: TOKEN_TYPES.idToken,
    ...(scope !== undefined && { scope }),
  });
  return postRequest(TOKEN_PATH, body, { 'content-type': FORM_MEDIA_TYPE });
}
