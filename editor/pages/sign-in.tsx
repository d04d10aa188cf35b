// Coming in with e-mail and password. Whoever has no account comes by an invitation of their team.
import { useQueryClient } from '@tanstack/react-query';
import { Button, Card, Form, Input } from 'antd';
import { useState } from 'react';
import { api, Refused } from '../api.ts';
import { useSay } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { LanguageButton } from '../shell/language-button.tsx';

export function SignIn() {
  const say = useSay();
  const queries = useQueryClient();
  const [fault, setFault] = useState<Refused | undefined>();
  const [isBusy, setBusy] = useState(false);
  const enter = async ({ email, password }: { email: string; password: string }): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await api.logIn(email, password);
      await queries.resetQueries();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <Card>
        <h1>Kindling 薪火</h1>
        <Form
          layout="vertical"
          onFinish={(values: { email: string; password: string }) => void enter(values)}
        >
          <Form.Item name="email" label={say({ zh: '邮箱', en: 'E-mail' })} rules={[{ required: true }]}>
            <Input autoFocus autoComplete="username" inputMode="email" />
          </Form.Item>
          <Form.Item name="password" label={say({ zh: '密码', en: 'Password' })} rules={[{ required: true }]}>
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Fault error={fault ?? null} />
          <Button block type="primary" htmlType="submit" loading={isBusy}>
            {say({ zh: '登录', en: 'Sign in' })}
          </Button>
        </Form>
        <p className="help">
          {say({
            zh: '没有账号？请团队负责人发一个邀请链接。第一次使用，请打开 npm start 打印的链接。',
            en: 'No account? Ask an owner of your team for an invitation link. On first use, open the link that npm start prints.',
          })}
        </p>
        <LanguageButton />
      </Card>
    </main>
  );
}
