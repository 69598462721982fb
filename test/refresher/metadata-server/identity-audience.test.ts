import { describe, expect, it } from 'vitest';
import { audienceOf } from '../../../refresher/metadata-server/identity-audience.ts';

describe('the audience of a request for an ID token', () => {
  it.each([
    [
      'gcloud, its own',
      'audience=32555940559.apps.googleusercontent.com&format=standard&licenses=FALSE',
      '32555940559.apps.googleusercontent.com',
    ],
    ['gcloud, a URL', 'audience=https://svc.example/x&format=full&licenses=TRUE', 'https://svc.example/x'],
    ['Node', 'format=full&audience=https://svc.example/a?b=c&d=e', 'https://svc.example/a?b=c&d=e'],
    [
      'Python',
      'audience=https%3A%2F%2Fsvc.example%2Fa%3Fb%3Dc%26d%3De&format=full',
      'https://svc.example/a?b=c&d=e',
    ],
    ['parameters on both sides', 'licenses=TRUE&audience=a&b=c&format=full', 'a&b=c'],
    ['a second audience inside', 'audience=https://a/?audience=b&c=d', 'https://a/?audience=b&c=d'],
    ['a plus sign as it is', 'audience=https://svc.example/a+b', 'https://svc.example/a+b'],
    ['an escaped plus sign', 'audience=a%2Bb', 'a+b'],
    ['a space, as forms write it', 'audience=my+audience', 'my audience'],
    ['what cannot be decoded', 'audience=100%', '100%'],
    ['what is no UTF-8', 'audience=%ff', '%ff'],
    ['letters beyond ASCII', 'audience=%C3%A9', 'é'],
  ])('is read as it was meant: %s', (_, query, audience) => {
    expect(audienceOf(query)).toBe(audience);
  });

  it.each([
    '',
    'audience=',
    'audience=&format=full',
    'format=full',
    'no-audience=x',
    'Audience=x',
    'audience',
  ])('is absent in "%s"', (query) => {
    expect(audienceOf(query)).toBeUndefined();
  });
});
