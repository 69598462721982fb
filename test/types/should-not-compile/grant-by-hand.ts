import type { AuthorizedDelegation } from '../../../shared/grants/authorized-grant.ts';

// expect TS2741: only authorize knows the brand
export const grant: AuthorizedDelegation = {
  type: 'delegation',
  grantPath: 'principals/instance:1:2',
  target: { kind: 'user', email: 'ceo@example.com', member: 'user:ceo@example.com' },
  scopes: ['https://mail.google.com/'],
  signer: 'signer@acme.iam.gserviceaccount.com',
};
