import whole, * as cookie from 'cookie';
import { parseCookie } from 'cookie';

console.log(JSON.stringify(cookie.parseSetCookie('foo=bar; HttpOnly')), whole.parseCookie === parseCookie);
