// SPDX-License-Identifier: Apache-2.0
/** Decisions by day as stacked bars. The table below the chart says the same in words and numbers. */
import { AxisBottom, AxisLeft } from "@visx/axis";
import { Group } from "@visx/group";
import { scaleBand, scaleLinear, scaleOrdinal } from "@visx/scale";
import { BarStack } from "@visx/shape";
import { useLayoutEffect, useRef, useState } from "react";
import { totalOf, type Day } from "../../api/overview.ts";
import styles from "./Overview.module.css";
import { SERIES, SERIES_NAMES, shortDay, type Series } from "./outcomes.ts";

const HEIGHT = 240;
const MARGIN = { top: 8, right: 18, bottom: 28, left: 40 };
const DAY_ROOM = 52;

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}

/** Every n-th day, so that names do not touch; the newest one always. */
function namedDays(days: readonly Day[], room: number): string[] {
  const step = Math.max(1, Math.ceil(days.length / Math.max(1, Math.floor(room / DAY_ROOM))));
  return days.filter((_, index) => (days.length - 1 - index) % step === 0).map(({ day }) => day);
}

/** Denied and approval carry lines, for those who do not tell the colours apart. */
function Patterns() {
  return (
    <defs>
      <pattern
        id="bars-denied"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="6" height="6" className={styles.denied} />
        <rect width="2" height="6" className={styles.stroke} />
      </pattern>
      <pattern id="bars-approval" width="6" height="6" patternUnits="userSpaceOnUse">
        <rect width="6" height="6" className={styles.approval} />
        <circle cx="3" cy="3" r="1.2" className={styles.stroke} />
      </pattern>
    </defs>
  );
}

function Bars({ days, width }: { days: Day[]; width: number }) {
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const most = Math.max(1, ...days.map(totalOf));
  const x = scaleBand({ domain: days.map(({ day }) => day), range: [0, inner.width], padding: 0.25 });
  const y = scaleLinear({ domain: [0, most], range: [inner.height, 0], nice: 4 });
  const fill = scaleOrdinal<Series, string>({ domain: [...SERIES], range: [...SERIES] });
  const ticks = y.ticks(4).filter(Number.isInteger);
  return (
    <svg width={width} height={HEIGHT} aria-hidden>
      <Patterns />
      <Group left={MARGIN.left} top={MARGIN.top}>
        {ticks.map((tick) => (
          <line key={tick} x2={inner.width} y1={y(tick)} y2={y(tick)} className={styles.gridLine} />
        ))}
        <BarStack data={days} keys={[...SERIES]} x={({ day }) => day} xScale={x} yScale={y} color={fill}>
          {(stacks) =>
            stacks.flatMap((stack) =>
              stack.bars.map((bar) => (
                <rect
                  key={`${stack.key}-${bar.index}`}
                  x={bar.x}
                  y={bar.y}
                  width={bar.width}
                  height={Math.max(0, bar.height)}
                  className={styles[stack.key]}
                  fill={stack.key === "allowed" ? undefined : `url(#bars-${stack.key})`}
                >
                  <title>{`${shortDay(bar.bar.data.day)}: ${bar.bar.data[stack.key]} ${SERIES_NAMES[stack.key]}`}</title>
                </rect>
              )),
            )
          }
        </BarStack>
        <AxisLeft
          scale={y}
          tickValues={ticks}
          tickFormat={(value) => String(value)}
          hideAxisLine
          hideTicks
          tickLabelProps={{ className: styles.tick ?? "", textAnchor: "end", dx: -6, dy: 4 }}
        />
        <AxisBottom
          top={inner.height}
          scale={x}
          tickValues={namedDays(days, inner.width)}
          tickFormat={shortDay}
          axisLineClassName={styles.axis ?? ""}
          hideTicks
          tickLabelProps={{ className: styles.tick ?? "", textAnchor: "middle" }}
        />
      </Group>
    </svg>
  );
}

export default function DaysChart({ days }: { days: Day[] }) {
  const { box, width } = useWidth();
  return (
    <div ref={box} className={styles.chart}>
      {width > 0 ? <Bars days={days} width={width} /> : null}
    </div>
  );
}
