// A chart. Loaded when a review is opened and not before: the library is as heavy as a page.
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export function Chart({
  option,
  label,
  height,
}: {
  readonly option: EChartsCoreOption;
  /** What the chart says, for whoever does not see it. */
  readonly label: string;
  readonly height: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const { current: box } = place;
    let chart: ReturnType<typeof init> | undefined;
    // A page that is still hidden has no size: the chart begins when there is one.
    const watch = new ResizeObserver(() => {
      if (box.clientWidth === 0 || box.clientHeight === 0) return;
      if (chart === undefined) {
        chart = init(box, undefined, { renderer: 'svg' });
        chart.setOption(option);
      } else chart.resize();
    });
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart?.dispose();
    };
  }, [option]);
  return <div ref={place} className="chart" role="img" aria-label={label} style={{ height }} />;
}
