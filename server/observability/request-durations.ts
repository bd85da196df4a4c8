/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string
  /** The path of the route, not that of the request. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

const metricName = 'pineos_http_request_duration_seconds'
const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const boundsMs = boundsSeconds.map((bound) => bound * 1_000)

interface Series {
  readonly labels: string
  /** Answers within each bound and over the one before it; the last of them is over all bounds. */
  readonly counts: number[]
  durationMs: number
}

/**
 * How long requests took, by method, route and status: a histogram of Prometheus that costs a request
 * an addition. There are as many series as the contract has answers.
 */
export class RequestDurations {
  readonly #series = new Map<string, Series>()

  add({ method, route, status, durationMs }: AnsweredRequest): void {
    const key = `${method} ${status} ${route}`
    let series = this.#series.get(key)
    if (!series) {
      const labels = `method="${escaped(method)}",route="${escaped(route)}",status="${status}"`
      series = { labels, counts: new Array(boundsMs.length + 1).fill(0), durationMs: 0 }
      this.#series.set(key, series)
    }
    let bound = 0
    while (bound < boundsMs.length && durationMs > (boundsMs[bound] ?? 0)) bound += 1
    series.counts[bound] = (series.counts[bound] ?? 0) + 1
    series.durationMs += durationMs
  }

  /** In the text format of Prometheus (version 0.0.4). */
  render(): string {
    const lines = [
      `# HELP ${metricName} Answered requests by the path of their route`,
      `# TYPE ${metricName} histogram`,
    ]
    for (const { labels, counts, durationMs } of this.#series.values()) {
      let count = 0
      counts.forEach((inBound, index) => {
        count += inBound
        const bound = boundsSeconds[index] ?? '+Inf'
        lines.push(`${metricName}_bucket{le="${bound}",${labels}} ${count}`)
      })
      lines.push(`${metricName}_sum{${labels}} ${durationMs / 1_000}`)
      lines.push(`${metricName}_count{${labels}} ${count}`)
    }
    return `${lines.join('\n')}\n`
  }
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
