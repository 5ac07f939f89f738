package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/runnel-go/runnel/wasm/demo/feed"
)

const topProcesses = 8

// processReader remembers how much each process had run at the reading before.
type processReader struct {
	at     time.Time
	before map[int32]float64 // seconds of processor time by process ID
}

var errNoProcess = errors.New("the system tells the times of none")

func (p *processReader) read(ctx context.Context, now time.Time) (*feed.Processes, error) {
	pids, err := process.PidsWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	used := processorTimes(ctx, pids)
	if len(used) == 0 {
		return nil, fmt.Errorf("read processes: %w", errNoProcess)
	}
	before, elapsed := p.before, now.Sub(p.at)
	p.at, p.before = now, used
	if before == nil {
		return nil, nil
	}
	return &feed.Processes{
		Time: stamp(now), Count: len(pids), Top: describe(ctx, busiest(before, used, elapsed), topProcesses),
	}, nil
}

// processorTimes leaves out the processes that have ended and those that the
// system does not let this one see.
func processorTimes(ctx context.Context, pids []int32) map[int32]float64 {
	used := make(map[int32]float64, len(pids))
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		// Not process.NewProcess: it asks the system more than is needed.
		times, err := (&process.Process{Pid: pid}).TimesWithContext(ctx)
		if err == nil {
			used[pid] = times.User + times.System
		}
	}
	return used
}

// busiest returns the processes that ran between two readings, the busiest
// first, without names and memory. One that was not there before has used all
// its time since; so has one whose time went down, as its ID is another's now.
func busiest(before, after map[int32]float64, elapsed time.Duration) []feed.Process {
	var busy []feed.Process
	for pid, seconds := range after {
		if old := before[pid]; old <= seconds {
			seconds -= old
		}
		if seconds > 0 {
			busy = append(busy, feed.Process{PID: pid, CPU: tenths(seconds / elapsed.Seconds() * 100)})
		}
	}
	slices.SortFunc(busy, func(a, b feed.Process) int {
		return cmp.Or(cmp.Compare(b.CPU, a.CPU), cmp.Compare(a.PID, b.PID))
	})
	return busy
}

// describe adds names and memory to the first n processes that still live.
func describe(ctx context.Context, busy []feed.Process, n int) []feed.Process {
	described := make([]feed.Process, 0, n)
	for _, line := range busy {
		if len(described) == n {
			break
		}
		running := &process.Process{Pid: line.PID}
		name, err := running.NameWithContext(ctx)
		if err != nil {
			continue
		}
		memory, err := running.MemoryInfoWithContext(ctx)
		if err != nil {
			continue
		}
		line.Name, line.Memory = name, memory.RSS
		described = append(described, line)
	}
	return described
}
