// Signatures, against values that openssl, Python and the specification of Standard Webhooks give.
import { expect, test } from 'vitest';
import { signDingtalk } from '../../../workers/channels/dingtalk.ts';
import { signFeishu } from '../../../workers/channels/feishu.ts';
import { signature } from '../../../workers/channels/webhook.ts';

test('飞书: timestamp in seconds and secret are the key, the message is empty', () => {
  // printf '' | openssl dgst -sha256 -hmac "$(printf '1599360473\nSECf6d3b0ba')" -binary | base64
  expect(signFeishu('SECf6d3b0ba', '1599360473')).toBe('tuaRU2RFjL3iyX8rl875z/nPk8eoIG//ITwNRPsRD90=');
});

test('钉钉: the secret is the key, timestamp in milliseconds and secret are the message', () => {
  // printf '1599360473000\nSECf6d3b0ba' | openssl dgst -sha256 -hmac SECf6d3b0ba -binary | base64
  expect(signDingtalk('SECf6d3b0ba', '1599360473000')).toBe('16Qytyvqm6C392rw9gZc/scCxD36Rougou43QD65R5w=');
});

test('the two never sign alike', () => {
  expect(signFeishu('s', '1')).not.toBe(signDingtalk('s', '1'));
});

test('Standard Webhooks: the example of the specification', () => {
  const signed = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  expect(signature('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', signed)).toBe(expected);
  expect(signature('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', signed)).toBe(expected);
});
