import { describe, expect, it } from '@jest/globals';
import { checkAddress, isPublicAddress, refusalOfUrl, type Resolve } from './public-address.js';

const resolvesTo = (...addresses: readonly string[]): Resolve => async () => addresses.map((address) => ({ address }));

describe('PF-02 addresses that webhooks may call', () => {
  it.each([
    ['loopback', 'https://127.0.0.1/'],
    ['loopback, another', 'https://127.8.9.1/'],
    ['loopback, decimal', 'https://2130706433/'],
    ['loopback, hexadecimal', 'https://0x7f000001/'],
    ['loopback, octal', 'https://0177.0.0.1/'],
    ['loopback, short', 'https://127.1/'],
    ['loopback, full-width digits', 'https://１２７.0.0.1/'],
    ['private 10/8', 'https://10.0.0.5/'],
    ['private 172.16/12', 'https://172.31.255.1/'],
    ['private 192.168/16', 'https://192.168.1.1/'],
    ['carrier-grade NAT', 'https://100.64.0.1/'],
    ['metadata, link-local', 'https://169.254.169.254/latest/meta-data'],
    ['metadata, Alibaba', 'https://100.100.100.200/'],
    ['metadata, Azure wire server', 'https://168.63.129.16/'],
    ['unspecified', 'https://0.0.0.0/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['multicast', 'https://224.0.0.1/'],
    ['documentation', 'https://192.0.2.1/'],
    ['benchmarking', 'https://198.18.0.1/'],
    ['reserved', 'https://240.0.0.1/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['IPv6 unspecified', 'https://[::]/'],
    ['IPv6 unique local', 'https://[fd00:ec2::254]/'],
    ['IPv6 link-local', 'https://[fe80::1]/'],
    ['IPv4-mapped IPv6', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4-mapped IPv6, hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv4-compatible IPv6', 'https://[::7f00:1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['Teredo', 'https://[2001:0:7f00::1]/'],
    ['IPv6 multicast', 'https://[ff02::1]/'],
    ['localhost', 'https://localhost/'],
    ['localhost with a dot', 'https://localhost./'],
    ['below localhost', 'https://a.localhost/'],
    ['an internal name', 'https://vault.internal/'],
    ['an mDNS name', 'https://printer.local/'],
    ['a name without a dot', 'https://redis/'],
    ['http', 'http://hooks.example.com/'],
    ['a password in the address', 'https://user:secret@hooks.example.com/'],
  ])('refuses %s', (_what, url) => {
    expect(refusalOfUrl(new URL(url), [])).toBeDefined();
  });
  it.each(['https://hooks.example.com/m', 'https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://hooks.example.com:8443/', 'https://localhost.example.com/'])('accepts %s', (url) => {
    expect(refusalOfUrl(new URL(url), [])).toBeUndefined();
  });
  it('whoever runs the platform may name hosts that are allowed whatever they are', () => {
    expect(refusalOfUrl(new URL('http://127.0.0.1:4000/'), ['127.0.0.1'])).toBeUndefined();
    expect(refusalOfUrl(new URL('http://127.0.0.2:4000/'), ['127.0.0.1'])).toBeDefined();
    expect(refusalOfUrl(new URL('http://127.0.0.1.example.com/'), ['127.0.0.1'])).toBeDefined();
  });
  it('reads addresses, not names', () => {
    expect(isPublicAddress('hooks.example.com')).toBe(false);
    expect(isPublicAddress('8.8.4.4')).toBe(true);
  });
  it('a public name that leads inside is refused, be it with one of several addresses', async () => {
    const url = new URL('https://hooks.example.com/');
    for (const inside of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:10.0.0.1']) {
      expect(await checkAddress(url, [], resolvesTo(inside))).toMatchObject({ allowed: false });
      expect(await checkAddress(url, [], resolvesTo('93.184.215.14', inside))).toMatchObject({ allowed: false });
    }
  });
  it('gives the checked addresses to connect to, and asks no DNS for a literal', async () => {
    expect(await checkAddress(new URL('https://hooks.example.com/'), [], resolvesTo('93.184.215.14', '2606:4700::1111'))).toEqual({
      allowed: true,
      addresses: [{ address: '93.184.215.14', family: 4 }, { address: '2606:4700::1111', family: 6 }],
    });
    const never: Resolve = () => Promise.reject(new Error('asked'));
    expect(await checkAddress(new URL('https://[2606:4700::1111]/'), [], never)).toEqual({ allowed: true, addresses: [{ address: '2606:4700::1111', family: 6 }] });
    await expect(checkAddress(new URL('https://hooks.example.com/'), [], never)).rejects.toThrow('asked');
  });
});
