package server

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics returns the feed's metrics for a registry of package prometheus: give
// it to [prometheus.Registerer.MustRegister], and serve the registry with package
// promhttp. Each has the label feed, the feed's name, so several feeds can be
// registered.
//
//	runnel_clients                    streams open
//	runnel_events_published_total     events that have come into the feed
//	runnel_events_sent_total          events written to clients
//	runnel_bytes_sent_total           bytes written to clients, before compression
//	runnel_gaps_total                 times a client was told that events are missing
//	runnel_events_missed_total        events that clients missed by that
//	runnel_requests_refused_total     requests without a stream, by reason
//	runnel_held_events, _held_bytes   what the feed holds in memory
//	runnel_client_lag_events          how many events each open stream is behind
//
// The last one is a histogram of the streams open at the time of asking: nothing
// is counted per event for it.
func (f *Feed) Metrics() prometheus.Collector {
	label := prometheus.Labels{"feed": f.options.Name}
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("runnel_"+name, help, labels, label)
	}
	return &metrics{
		feed:      f,
		clients:   describe("clients", "Event streams open."),
		published: describe("events_published_total", "Events that have come into the feed."),
		sent:      describe("events_sent_total", "Events written to clients."),
		bytes:     describe("bytes_sent_total", "Bytes written to clients, before compression."),
		gaps:      describe("gaps_total", "Times a client was told that events are missing."),
		missed:    describe("events_missed_total", "Events that clients missed."),
		refused:   describe("requests_refused_total", "Requests that were given no stream.", "reason"),
		held:      describe("held_events", "Events in memory."),
		heldBytes: describe("held_bytes", "Size of the events in memory."),
		lag:       describe("client_lag_events", "How many events each open stream is behind."),
	}
}

type metrics struct {
	feed                                        *Feed
	clients, published, sent, bytes             *prometheus.Desc
	gaps, missed, refused, held, heldBytes, lag *prometheus.Desc
}

// Describe implements [prometheus.Collector].
func (m *metrics) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, c) }

// Collect implements [prometheus.Collector].
func (m *metrics) Collect(c chan<- prometheus.Metric) {
	stats := m.feed.Stats()
	for _, one := range []struct {
		what  *prometheus.Desc
		kind  prometheus.ValueType
		value float64
	}{
		{m.clients, prometheus.GaugeValue, float64(stats.Clients)},
		{m.published, prometheus.CounterValue, float64(stats.Published)},
		{m.sent, prometheus.CounterValue, float64(stats.Sent)},
		{m.bytes, prometheus.CounterValue, float64(stats.SentBytes)},
		{m.gaps, prometheus.CounterValue, float64(stats.Gaps)},
		{m.missed, prometheus.CounterValue, float64(stats.Missed)},
		{m.held, prometheus.GaugeValue, float64(stats.Held)},
		{m.heldBytes, prometheus.GaugeValue, float64(stats.HeldBytes)},
	} {
		c <- prometheus.MustNewConstMetric(one.what, one.kind, one.value)
	}
	for i, answer := range refusals {
		count := float64(m.feed.counters.refused[i].Load())
		c <- prometheus.MustNewConstMetric(m.refused, prometheus.CounterValue, count, string(answer.refusal))
	}
	c <- m.lags()
}

// lagBounds are the upper ends of the histogram's buckets.
var lagBounds = []float64{0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000}

func (m *metrics) lags() prometheus.Metric {
	buckets := make(map[float64]uint64, len(lagBounds))
	for _, bound := range lagBounds {
		buckets[bound] = 0
	}
	var count, sum uint64
	for client := range m.feed.Clients() {
		lag := client.Lag()
		count++
		sum += lag
		for _, bound := range lagBounds {
			if float64(lag) <= bound {
				buckets[bound]++
			}
		}
	}
	return prometheus.MustNewConstHistogram(m.lag, count, float64(sum), buckets)
}
