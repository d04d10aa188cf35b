// Before there is a page: a quiet sign that one is coming. Pages themselves wait in their own shape.
import { Spin } from 'antd';

export function Waiting() {
  return (
    <div className="waiting">
      <Spin size="large" />
    </div>
  );
}
