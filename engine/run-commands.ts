// What was done to a running activity, by the name under which it is written down: for whoever reads its record or its review.
// Not who may do it, which is the server's to say.

interface Said {
  readonly zh: string;
  readonly en: string;
}

const DEEDS: Readonly<Record<string, Said>> = {
  'run.launch': { zh: '发起', en: 'launched' },
  'run.launch-fast': { zh: '在压缩时间里发起', en: 'launched in compressed time' },
  'run.follow': { zh: '接手上一版开放的旅程', en: 'took over the open journeys of the version before' },
  'run.not-followed': { zh: '新版本没能接手', en: 'a newer version could not take over' },
  'run.close-entrance': { zh: '关闭一个入口', en: 'closed an entrance' },
  'run.pause': { zh: '暂停', en: 'paused' },
  'run.resume': { zh: '继续', en: 'resumed' },
  'run.cancel': { zh: '停止', en: 'stopped' },
  'run.retime': { zh: '改日期', en: 'moved the date' },
  'run.set-param': { zh: '改参数', en: 'changed parameters' },
  'run.retext': { zh: '改文字', en: 'changed texts' },
  'run.retry': { zh: '重试一步', en: 'tried a step again' },
  'run.skip': { zh: '跳过一步', en: 'skipped a step' },
  'run.end': { zh: '结束一步', en: 'ended a step' },
  'run.cast': { zh: '换了负责的人', en: 'changed who does what' },
  'run.recover': { zh: '从记录恢复', en: 'recovered from its record' },
};

/** A deed in words; one that has none is shown beside a neutral one. */
export const sayDeed = (action: string): Said =>
  Object.hasOwn(DEEDS, action) ? DEEDS[action]! : { zh: `其他（${action}）`, en: `other (${action})` };
