//go:build unix

package main

import (
	"context"
	"strconv"
)

// growthPoints are how many clients there are, and how many events they get in a
// burst: enough for the CPU to be measured, and not for long.
var growthPoints = []struct{ clients, events int }{
	{10, 20_000}, {100, 5_000}, {1_000, 1_000}, {5_000, 500},
}

const (
	// growthRounds are few: what is asked is how cost grows, not what it is.
	growthRounds = 1
	// growthEvents take three seconds.
	growthEvents = 60
)

// What grows.
const (
	burstCost  = "burst_cpu_us_per_event"
	steadyCost = "steady_cpu_us_per_event"
)

// growth records how cost and latency grow with the number of clients.
func (b *bench) growth(ctx context.Context) error {
	for _, point := range growthPoints {
		clients := b.clients(point.clients)
		burst, steady := b.events(point.events), b.events(growthEvents)
		name := "growth, " + strconv.Itoa(clients) + " clients"
		got, err := b.run(ctx, name, []string{joe, runnel}, min(b.rounds, growthRounds), 0, func(t *trial) (map[string]float64, error) {
			if err := t.connect(clients); err != nil {
				return nil, err
			}
			if err := t.publish(b.events(warmEvents), 0); err != nil {
				return nil, err
			}
			cpu, err := t.burst(burst)
			if err != nil {
				return nil, err
			}
			late, steadyCPU, err := t.steady(steady)
			if err != nil {
				return nil, err
			}
			return map[string]float64{
				burstCost:  float64(cpu.Microseconds()) / float64(clients*burst),
				steadyCost: float64(steadyCPU.Microseconds()) / float64(clients*steady),
				p99:        late.P99,
			}, t.finish()
		})
		if err != nil {
			return err
		}
		b.report.growth(got, point.clients)
	}
	return nil
}
